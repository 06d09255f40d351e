import { strict as assert } from "node:assert";
import { createServer } from "node:https";
import { preflight } from "../../../clusters/preflight";
import type { Plan } from "../../../clusters/preflight/plan";
import { fitApiServer, inside, plan } from "../../../clusters/testing/preflight-facts";
import { FakeApiServer } from "../../../lib/kubernetes/testing/fake-api-server";
import { selfSigned } from "../../../lib/testing/certificates";
import { listening } from "../../../lib/testing/listening";

describe("preflight of a cluster", () => {
  let api: FakeApiServer;

  beforeEach(async () => {
    api = await fitApiServer();
    api.answers.set("/api/v1/services", { items: [] });
    for (const list of ["resourcequotas", "limitranges"]) api.answers.set(`/api/v1/namespaces/demo/${list}`, { items: [] });
  });

  afterEach(() => api[Symbol.asyncDispose]());

  /** Everything that preflight says about a cluster. */
  const look = async (wanted: Partial<Plan> = {}, kubeconfig = api.kubeconfig()) => {
    const warnings: string[] = [];
    const notes: string[] = [];
    const cluster = { content: kubeconfig, context: "fake", server: api.url };
    const voice = { warn: (it: string) => void warnings.push(it), info: (it: string) => void notes.push(it) };
    try {
      await preflight(cluster, plan(wanted), voice);
      return { refusal: "", warnings, notes };
    } catch (error) {
      assert.equal((error as { __pulumiRunError?: boolean }).__pulumiRunError, true, String(error));
      return { refusal: (error as Error).message, warnings, notes };
    }
  };

  const refuses = async (reason: RegExp, kubeconfig?: string): Promise<void> =>
    assert.match((await look({}, kubeconfig)).refusal, reason);

  it("lets a stack pass on a cluster that has all it needs, and changes nothing there", async () => {
    const said = await look();
    assert.equal(said.refusal, "");
    assert.deepEqual(said.warnings, []);
    assert.deepEqual(said.notes, ["cluster: in fake, outside the namespace demo, the stack makes: Namespace demo"]);
    assert.deepEqual(
      api.requests.filter((it) => !it.startsWith("GET ")),
      [
        "POST /apis/authorization.k8s.io/v1/selfsubjectaccessreviews",
        "PATCH /api/v1/namespaces/demo?fieldManager=plano-affinity-preflight&force=true&fieldValidation=Warn&dryRun=All",
      ],
      "an administrator is asked about once, and nothing is tried in a namespace that is not there",
    );
  });

  it("says all that is wrong at once, and nothing of what would be made", async () => {
    api.answers.delete("/apis/metrics.k8s.io/v1beta1");
    api.answers.set("/api/v1/namespaces/demo", { metadata: { name: "demo" } });
    api.answers.set("/apis/apps/v1/namespaces/demo/deployments/plano", { metadata: { name: "plano" } });
    api.allows = ({ verb, resource }) => verb !== "*" && !(verb === "create" && resource === "deployments");
    const { refusal, notes } = await look();
    assert.match(refusal, /^4 things stand in the way on the cluster of context fake; nothing was made or changed in it\.\n/);
    assert.match(
      refusal,
      /these say no:\n {4}kubectl auth can-i create deployments\.apps --namespace demo --context fake\n {4}→/,
    );
    assert.match(refusal, /demo exists and was not made/);
    assert.match(refusal, /objects that this stack did not make: Deployment plano\n/);
    assert.match(refusal, /no metrics API/);
    assert.deepEqual(notes, []);
  });

  it("does not refuse what the account may not look at", async () => {
    for (const path of ["/apis/storage.k8s.io/v1/storageclasses", "/api/v1/services", "/api/v1/namespaces/demo"])
      api.answers.set(path, 403);
    for (const list of ["resourcequotas", "limitranges"]) api.answers.set(`/api/v1/namespaces/demo/${list}`, 403);
    api.allows = ({ verb }) => verb !== "*";
    const { refusal, warnings } = await look();
    assert.equal(refusal, "");
    assert.deepEqual(
      warnings.map((it) => it.split(": ").slice(0, 2).join(": ")),
      [
        "storageClass: whether there is a default StorageClass could not be checked",
        "serviceType: whether port 32000 of the nodes is free could not be checked",
      ],
    );
  });

  it("names why a volume was not made that an earlier run waited for, by its claim's last warning", async () => {
    const claims = [
      { metadata: { name: "data-redis-0" }, status: { phase: "Pending" } },
      { metadata: { name: "jaeger-data" }, status: { phase: "Bound" } },
    ];
    const warned = (name: string, reason: string, lastTimestamp: string) => ({
      ...{ involvedObject: { name }, reason, message: "in words", lastTimestamp },
    });
    const events = [
      warned("data-redis-0", "ProvisioningFailed", "2026-11-29T12:00:02Z"),
      warned("data-redis-0", "Earlier", "2026-11-29T12:00:01Z"),
      warned("jaeger-data", "Bygone", "2026-11-29T12:00:03Z"),
    ];
    const path = "/api/v1/namespaces/demo";
    api.answers.set(`${path}/persistentvolumeclaims`, { items: claims });
    api.answers.set(`${path}/events`, { items: events });
    const { warnings } = await look({ manifests: inside() });
    assert.deepEqual(warnings, [
      "storageClass: the volume data-redis-0 is not made: ProvisioningFailed: in words\n" +
        "    → kubectl --context fake --namespace demo describe pvc data-redis-0 shows all of it",
    ]);
    assert.ok(
      api.requests.some((it) =>
        it.includes("/events?fieldSelector=involvedObject.kind%3DPersistentVolumeClaim%2Ctype%3DWarning"),
      ),
    );
  });

  it("tries everything in a namespace that is there, and what comes of it", async () => {
    api.answers.set("/api/v1/namespaces/demo", { metadata: { name: "demo" } });
    const { refusal } = await look({ createNamespace: false, manifests: inside() });
    assert.equal(refusal, "");
    assert.deepEqual(
      api.requests.flatMap((it) => /^(.*)[?&].*dryRun=All$/.exec(it)?.[1]?.split("?")[0] ?? []).sort(),
      [
        "PATCH /apis/apps/v1/namespaces/demo/deployments/plano",
        "PATCH /apis/apps/v1/namespaces/demo/statefulsets/redis",
        "PATCH /apis/autoscaling/v2/namespaces/demo/horizontalpodautoscalers/plano",
        "PATCH /api/v1/namespaces/demo/services/plano",
        "POST /api/v1/namespaces/demo/persistentvolumeclaims",
        "POST /api/v1/namespaces/demo/pods",
        "POST /api/v1/namespaces/demo/pods",
      ].sort(),
    );
  });

  const exec = (command: string, ...args: string[]) => ({
    exec: { apiVersion: "client.authentication.k8s.io/v1", command, args, interactiveMode: "Never" },
  });
  const none = "credentials: the program sh of the kubeconfig gave no credentials:";

  it("names a server and a credential program that do not answer, and asks nothing more", async function () {
    this.timeout(180_000);
    api.answers.set("/version", "hang");
    // At once, for both are waited for.
    const [server, program] = await Promise.all([look(), look({}, api.kubeconfig(exec("sh", "-c", "exec sleep 15")))]);
    assert.match(server.refusal, /cluster: the Kubernetes API at http:\S+ cannot be reached: no answer within 10 s/);
    assert.ok(program.refusal.includes(`${none} no answer within 10 s`), program.refusal);
    assert.deepEqual(api.requests, ["GET /version"]);
  });

  /** By the status that the server answers with, or by the user of the kubeconfig. */
  const refusals: readonly (readonly [what: string, found: number | object, reason: RegExp])[] = [
    ["a server that does not accept the credentials", 401, /credentials: http:\S+ answers 401: status 401\n {4}→ log in again, /],
    ["a server that is none of Kubernetes'", 502, /cluster: http:\S+ answers 502: status 502\n {4}→ start the cluster, /],
    [
      "a credential program that is missing",
      exec("no-such-program"),
      /credentials: the program no-such-program of the kubeconfig is not installed\n {4}→ log in again, or write the context fake anew/,
    ],
    [
      "a credential program that fails",
      exec("sh", "-c", "echo Token has expired >&2; exit 1"),
      new RegExp(`${none} Token has expired\n {4}→ log in again`),
    ],
    [
      "a file of the kubeconfig that is not there",
      { "client-certificate": "/nowhere/client.crt", "client-key": "/nowhere/client.key" },
      /credentials: the kubeconfig's credentials cannot be used: there is no file \/nowhere\/client\.crt/,
    ],
  ];
  for (const [what, found, reason] of refusals)
    it(`names ${what}, and asks nothing more`, async () => {
      const isAnswer = typeof found === "number";
      if (isAnswer) api.answers.set("/version", found);
      await refuses(reason, api.kubeconfig(isAnswer ? undefined : found));
      assert.deepEqual(api.requests, isAnswer ? ["GET /version"] : []);
    });

  it("takes nobody for an account that may do what it wants", async () => {
    const reviews = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews";
    api.answers.set(reviews, 403);
    await refuses(/^1 thing stands in the way[^]*\n {2}credentials: http:\S+ answers 403: status 403\n {4}→ log in again, /);
    api.answers.set(reviews, 500);
    assert.match((await look()).warnings.join(), /rights: they could not be checked: status 500/);
  });

  it("names a server that is not there", async () => {
    const kubeconfig = api.kubeconfig();
    await api[Symbol.asyncDispose]();
    await refuses(
      /cluster: the Kubernetes API at http:\S+ cannot be reached: connection refused\n {4}→ start the cluster, write the context fake anew, or/,
      kubeconfig,
    );
    api = await FakeApiServer.start();
  });

  it("names a server whose certificate the kubeconfig does not trust", async () => {
    await using server = await listening(createServer(await selfSigned(), (_, response) => response.end("{}")));
    const { cert: trusted } = await selfSigned();
    const kubeconfig = api
      .kubeconfig()
      .replace(api.url, `https://${server.address}`)
      .replace('"insecure-skip-tls-verify":true', `"certificate-authority-data":"${Buffer.from(trusted).toString("base64")}"`);
    await refuses(
      /cluster: the Kubernetes API at http\S+ cannot be reached: .*certificate.*\n {4}→ .* write the context fake anew/,
      kubeconfig,
    );
  });
});
