import { strict as assert } from "node:assert";
import type { KubernetesApi } from "../../../lib/kubernetes/api";
import type { Manifest } from "../../../lib/kubernetes/objects";
import { preflight, type Plan } from "../../../clusters/preflight";
import { planOf } from "../../../components/check-existing";
import { loadSettings, settleByCluster } from "../../../settings";
import { skipBecause } from "../../../lib/testing/skip";
import { documentedRole, inside, plan, service, standardClass } from "../../../clusters/testing/preflight-facts";
import { RealApiServer } from "./real-api-server";

const role = "rbac.authorization.k8s.io";

describe("preflight of a real API server", function () {
  this.timeout(120_000);
  let server: RealApiServer;
  let admin: KubernetesApi;

  const make = async (path: string, object: object): Promise<void> =>
    void (await admin.json({ method: "POST", path, body: object }));
  const inDemo = (resource: string, object: object) => make(`/api/v1/namespaces/demo/${resource}`, object);
  const say = async (wanted: Partial<Plan> = {}, as: "admin" | "tenant" = "admin"): Promise<string> => {
    const said: string[] = [];
    const voice = { warn: (it: string) => void said.push(`warning ${it}`), info: () => undefined };
    const cluster = { content: server.kubeconfig(as), context: as, server: "https://real" };
    const whole = plan({ createNamespace: false, metricsServer: "ignore", manifests: inside(), ...wanted });
    await preflight(cluster, whole, voice).catch((error: unknown) => said.push((error as Error).message));
    return said.join("\n");
  };

  const says = async (pattern: RegExp, ...args: Parameters<typeof say>): Promise<void> =>
    assert.match(await say(...args), pattern);

  before(async function () {
    server = (await RealApiServer.start()) ?? skipBecause(this, "this machine has no kube-apiserver and etcd");
    admin = await server.connect("admin");
    await make("/apis/storage.k8s.io/v1/storageclasses", standardClass);
    await make("/api/v1/namespaces", { metadata: { name: "demo" } });
    await inDemo("serviceaccounts", { metadata: { name: "default" } });
  });

  after(async () => {
    admin?.[Symbol.dispose]();
    await server?.[Symbol.asyncDispose]();
  });

  it("passes where nothing stands in the way, also in a namespace that is still to be made, and makes nothing", async () => {
    assert.equal(await say(), "");
    const namespace = "new";
    const made: Manifest = { apiVersion: "v1", kind: "Namespace", metadata: { name: namespace } };
    const moved = inside(service("plano")).map((it) => ({ ...it, metadata: { ...it.metadata, namespace } }));
    assert.equal(await say({ createNamespace: true, namespace, manifests: [made, ...moved] }), "");
    for (const path of ["/apis/apps/v1/deployments", "/api/v1/pods", "/api/v1/persistentvolumeclaims"])
      assert.deepEqual((await admin.json<{ items: object[] }>({ path })).items, []);
  });

  for (const settings of [{}, { redisReplicas: "3", jaegerStorage: "1Gi" }, { redisUrl: "redis://cache.example.com" }] as const) {
    it(`takes the very objects of a stack: ${JSON.stringify(settings)}`, async () => {
      const values = new Map(Object.entries({ namespace: "demo", createNamespace: "false", gateway: "standin", ...settings }));
      const read = loadSettings({ values, secretKeys: new Set(["redisUrl"]) });
      const { manifests, transient } = planOf(read, settleByCluster(read, "existing"), "existing", undefined);
      assert.equal(await say({ manifests, transient }), "");
    });
  }

  it("names a port that is taken, and an object that is invalid", async () => {
    await make("/api/v1/namespaces/default/services", {
      metadata: { name: "taker" },
      spec: { type: "NodePort", ports: [{ port: 80, nodePort: 32_000 }] },
    });
    await says(/serviceType: port 32000 of the nodes is taken by the service default\/taker, and the service plano needs it\n/);
    const invalid = { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "Not_A_Name", namespace: "demo" } };
    await says(/cluster: the API server refuses objects of the stack:\n {4}ConfigMap Not_A_Name: metadata.name: Invalid value/, {
      manifests: [...inside(service("plano")), invalid],
    });
  });

  const label = (level: string | null) => {
    const body = { metadata: { labels: { "pod-security.kubernetes.io/enforce": level } } };
    return admin.json({ method: "PATCH", path: "/api/v1/namespaces/demo", body });
  };
  /** What is said of a namespace with a LimitRange and a quota. */
  const sayLimited = async (limits: readonly object[], cpu: string): Promise<string> => {
    await inDemo("limitranges", { metadata: { name: "sizes" }, spec: { limits } });
    await inDemo("resourcequotas", { metadata: { name: "team" }, spec: { hard: { "limits.cpu": cpu } } });
    // Without controllers nobody counts what is used.
    const status = { hard: { "limits.cpu": cpu }, used: { "limits.cpu": "0" } };
    const path = "/api/v1/namespaces/demo";
    await admin.json({ method: "PATCH", path: `${path}/resourcequotas/team/status`, body: { status } });
    const said = await say({ manifests: inside(service("plano")) });
    for (const object of ["resourcequotas/team", "limitranges/sizes"])
      await admin.json({ method: "DELETE", path: `${path}/${object}` });
    return said;
  };

  it("names Pod Security in the server's words", async () => {
    await label("restricted");
    const security = await say({ manifests: inside(service("plano")) });
    await label(null);
    assert.match(
      security,
      /namespace: the API server refuses objects of the stack:\n {4}pods of Deployment plano: violates PodSecurity "restricted:latest"/,
    );
  });

  it("names LimitRanges and quotas at once, and counts what LimitRanges fill in against a quota", async () => {
    const limits = [
      { type: "Container", min: { memory: "100Mi" } },
      { type: "PersistentVolumeClaim", max: { storage: "500Mi" } },
    ];
    const said = await sayLimited(limits, "4");
    for (const wanted of [
      /2 things stand in the way/,
      /limits: the API server refuses objects of the stack:\n/,
      /pods of StatefulSet redis: .*minimum memory usage per Container is 100Mi, but request is 64Mi/,
      /volumes of StatefulSet redis: maximum storage usage per PersistentVolumeClaim is 500Mi, but request is 1Gi/,
      /quota: the API server refuses .*\n {4}pods of Deployment plano: failed quota: team: must specify limits.cpu for: gateway/,
    ])
      assert.match(said, wanted);
    const filled = await sayLimited([{ type: "Container", default: { cpu: "1" } }], "2");
    assert.match(filled, /quota team: limits.cpu 3000m needed, 2000m of 2 left\n/);
  });

  it("names rights that are missing, and judges nothing by those that only a dry run would need", async () => {
    const lacks =
      /rights: this account lacks rights[^]*kubectl auth can-i create deployments\.apps --namespace demo --context tenant\n/;
    await says(lacks, {}, "tenant");
    const metadata = { name: "tenant" };
    const path = `/apis/${role}/v1/namespaces/demo`;
    await make(`${path}/roles`, { ...documentedRole(), metadata });
    const subjects = [{ kind: "User", name: "tenant", apiGroup: role }];
    await make(`${path}/rolebindings`, { metadata, subjects, roleRef: { apiGroup: role, kind: "Role", name: "tenant" } });
    const taken =
      /1 thing stands in the way[^]*serviceType: port 32000 of the nodes is taken by another service, and the service plano needs it/;
    await says(taken, {}, "tenant");
  });
});
