import { strict as assert } from "node:assert";
import { judge } from ".";
import type { ClusterFacts } from "./facts";
import type { Plan } from "./plan";
import {
  classes,
  facts,
  findings,
  foundAs,
  inside,
  jaegerClaim,
  manifest,
  plan,
  service,
  trial,
} from "../testing/preflight-facts";

const mark = (stack: string) => ({ "plano-affinity/stack": stack });
const elsewhere = { createNamespace: false };
const exposed = (type: string, nodePort?: number): Partial<Plan> => ({ manifests: inside(service("plano", type, nodePort)) });
/** A Service of a namespace that has a port of the nodes. */
const taken = (name: string, nodePort: number, annotations: Record<string, string> = {}, namespace = "shop") => ({
  services: { seen: [{ metadata: { name, namespace, annotations }, spec: { ports: [{ port: 80, nodePort }] } }] },
});
const first = (...args: Parameters<typeof findings>): string => findings(...args)[0] ?? "";
const there = { namespace: { seen: { metadata: { name: "demo" } } } } as const;

describe("what preflight says", () => {
  it("is nothing when nothing stands in the way, but what is made outside the namespace", () => {
    assert.deepEqual(findings({}), []);
    const notes = (wanted: Partial<Plan>, changes: Partial<ClusterFacts> = {}): string[] =>
      judge(facts(changes, plan(wanted).manifests), plan(wanted)).map((it) => it.reason);
    assert.deepEqual(notes({}), ["in blue, outside the namespace demo, the stack makes: Namespace demo"]);
    assert.deepEqual(notes({ ...elsewhere, manifests: inside() }, there), [
      "in blue, outside the namespace demo, the stack makes: nothing",
    ]);
  });

  it("is what a Secret of the user's lacks, as far as it may be looked at", () => {
    const wanted = { foreignSecret: { name: "llm-keys", keys: ["A", "B"] } };
    const said = (foreignKeys: ClusterFacts["foreignKeys"]): string => findings({ foreignKeys }, wanted).join();
    assert.match(
      said({ seen: undefined }),
      /secretName: the Secret llm-keys in the namespace demo is not there\n +→ put A, B into it/,
    );
    assert.match(said({ seen: ["A"] }), /llm-keys in the namespace demo has no B\n +→ put B into it, or into secrets/);
    assert.match(
      said({ unseen: "the account may not look" }),
      /could not be looked at: the account may not look\n +→ it has to have A, B/,
    );
    assert.equal(said({ seen: ["A", "B", "C"] }), "");
  });

  it("is the same for a stack that is up already", () => {
    const objects = plan().manifests.map(({ kind, metadata }) => `${kind} ${metadata.name}`);
    const ours = { ...foundAs("mine", ...objects), ...taken("plano", 32_000, mark("mine"), "demo") };
    const namespace = { seen: { metadata: { name: "demo", annotations: mark("mine") } } };
    const quotas = { seen: [{ spec: { hard: { pods: "3" } }, status: { used: { pods: "3" } } }] };
    assert.deepEqual(findings({ ...ours, namespace, quotas, storageClasses: { seen: [] } }), []);
  });

  it("names a Deployment of the stack that is scaled to 0, for its autoscaler is off", () => {
    const scaled = (owner: string, replicas: number) => {
      const { planned } = foundAs(owner, "Deployment plano");
      const at = (it: (typeof planned)[number]) => ("seen" in it.live ? it.live.seen : undefined);
      return {
        planned: planned.map((it) => (at(it) === undefined ? it : { ...it, live: { seen: { ...at(it), spec: { replicas } } } })),
      };
    };
    assert.deepEqual(findings(scaled("mine", 0)), [
      "error replicas: Deployment plano is scaled to 0, which also switches its autoscaler off\n" +
        "    → kubectl --context blue --namespace demo scale deployment plano --replicas=1; an autoscaler adds the rest",
    ]);
    assert.deepEqual(findings(scaled("mine", 1)), []);
    const fixed = scaled("mine", 0).planned.map((it) => ({ ...it, manifest: { ...it.manifest, spec: { replicas: 1 } } }));
    assert.deepEqual(findings({ planned: fixed }), [], "the update itself scales it");
  });

  it("names a namespace that somebody else made", () => {
    const refused = [
      "error namespace: demo exists and was not made by this stack, whose destroy would delete it with all that is in it\n" +
        "    → pulumi config set createNamespace false to use it and leave it there, or pulumi config set namespace … for another",
    ];
    assert.deepEqual(findings(there), refused);
    assert.deepEqual(findings({ namespace: { seen: { metadata: { annotations: mark("another") } } } }), refused);
    // A stack that has made nothing yet owns nothing, whatever a mark says.
    assert.deepEqual(
      findings({ namespace: { seen: { metadata: { annotations: mark("mine") } } } }, { stackId: undefined }),
      refused,
    );
  });

  it("names a namespace that is missing, going, or that the stack would delete by leaving it alone", () => {
    assert.deepEqual(findings({}, elsewhere), [
      "error createNamespace: it is false, and there is no namespace demo\n" +
        "    → kubectl --context blue create namespace demo, or pulumi config set createNamespace true",
    ]);
    assert.deepEqual(findings({ namespace: { seen: { metadata: { deletionTimestamp: new Date() } } } }), [
      "error namespace: demo is being deleted\n" +
        "    → kubectl --context blue wait --for=delete namespace/demo, or pulumi config set namespace … for another",
    ]);
    assert.deepEqual(findings({ namespace: { seen: { metadata: { annotations: mark("mine") } } } }, elsewhere), [
      "error createNamespace: it is false, but this stack made the namespace demo and would now delete it with all that is in it\n" +
        "    → pulumi config set createNamespace true, or pulumi destroy first",
    ]);
    assert.deepEqual(findings({ namespace: { unseen: "the account may not look" } }, elsewhere), []);
  });

  it("names objects of somebody else's that have the stack's names", () => {
    for (const owner of [undefined, "another"]) {
      assert.deepEqual(findings({ ...there, ...foundAs(owner, "Deployment plano", "Service plano") }, elsewhere), [
        "error namespace: there are already objects that this stack did not make: Deployment plano, Service plano\n" +
          "    → pulumi config set namespace … for another one, or delete them",
      ]);
    }
    assert.deepEqual(findings({ ...there, ...foundAs("mine", "Deployment plano") }, elsewhere), []);
    const api = { apiVersion: "apiregistration.k8s.io/v1", kind: "APIService", metadata: { name: "metrics" } };
    const planned = [{ manifest: api, resource: "apiservices", namespace: undefined, live: { seen: {} } }];
    assert.deepEqual(findings({ planned }, { metricsServer: "install" }), [
      "error namespace: there are already objects that this stack did not make: APIService metrics\n" +
        "    → pulumi config set namespace … for another one, or delete them; those of metrics-server: pulumi config rm metricsServer",
    ]);
  });

  it("names kinds that the cluster does not know", () => {
    const gateway = "gateway.networking.k8s.io/v1";
    const unserved = [
      manifest(gateway, "HTTPRoute", "plano"),
      manifest(gateway, "Gateway", "plano"),
      manifest("monitoring.coreos.com/v1", "PodMonitor", "plano"),
    ];
    assert.deepEqual(findings({ unserved }), [
      "error ingress: the cluster does not know HTTPRoute and Gateway of gateway.networking.k8s.io/v1\n" +
        "    → have the Gateway API's CRDs installed, or pulumi config set --path ingress.kind Ingress",
      "error monitoring: the cluster does not know PodMonitor of monitoring.coreos.com/v1\n" +
        "    → have the Prometheus Operator installed, or pulumi config set monitoring off",
    ]);
  });

  it("lists the rights that are missing as the commands that say no, and what to do; only warns where it cannot ask", () => {
    const create = (resource: string, group = "") => ({ verb: "create", group, resource, namespace: undefined });
    const port = { verb: "get", group: "", resource: "pods", subresource: "portforward", namespace: "demo" };
    assert.deepEqual(findings({ denied: { seen: [{ ...create("deployments", "apps"), namespace: "demo" }, port] } }), [
      "error rights: this account lacks rights that the stack needs; these say no:\n" +
        "    kubectl auth can-i create deployments.apps --namespace demo --context blue\n" +
        "    kubectl auth can-i get pods --subresource=portforward --namespace demo --context blue\n" +
        "    → ask for the ClusterRole edit in demo, or for the Role of docs/existing-clusters.md",
    ]);
    assert.match(
      first({ denied: { seen: [create("namespaces")] } }),
      /; without rights in the whole cluster: pulumi config set createNamespace false, pulumi config rm m/,
    );
    assert.deepEqual(findings({ denied: { unseen: "status 500" } }), [
      "warning rights: they could not be checked: status 500\n    → missing ones show when the stack is made",
    ]);
  });

  it("names a StorageClass that is missing, and those that there are", () => {
    const two = classes("fast", "slow");
    assert.deepEqual(findings(two), [
      "error storageClass: the cluster has no default StorageClass for Redis' volume; there is fast, slow\n" +
        "    → pulumi config set storageClass fast, or a Redis of your own by redisUrl",
    ]);
    assert.deepEqual(findings(two, { storageClass: "gold" }), [
      "error storageClass: there is no StorageClass gold; there is fast, slow\n    → pulumi config set storageClass fast",
    ]);
    assert.deepEqual(findings(two, { storageClass: "slow" }), []);
    assert.match(first(classes()), /Redis' volume; the cluster has none\n/);
  });

  it("only warns where StorageClasses may not be listed, and not at all without a volume or with one that is there", () => {
    const storageClasses = { unseen: "the account may not look" };
    const [text, ...others] = findings({ storageClasses });
    assert.match(
      text ?? "",
      /^warning storageClass: whether there is a default StorageClass could not be checked: the account may not look/,
    );
    assert.deepEqual(others, []);
    assert.deepEqual(findings({ storageClasses }, { manifests: [] }), []);
    assert.equal(findings({ storageClasses }, { manifests: [jaegerClaim("1Gi")] }).length, 1);
    assert.deepEqual(findings({ storageClasses, ...foundAs("mine", "StatefulSet redis") }), []);
  });

  it("names a metrics API that is missing, unless nobody needs it", () => {
    const absent = { metricsApi: { seen: "absent" } } as const;
    assert.deepEqual(findings(absent), [
      "error metricsServer: the cluster has no metrics API, so that the autoscaler would sit at unknown\n" +
        "    → have metrics-server installed (minikube addons enable metrics-server), or pulumi config set metricsServer install, whose needs docs/existing-clusters.md names; or ignore, to run without scaling",
    ]);
    for (const metricsServer of ["install", "ignore"] as const) assert.deepEqual(findings(absent, { metricsServer }), []);
    assert.match(
      first({ metricsApi: { unseen: "status 503" } }),
      /^warning metricsServer: the metrics API does not answer: status 503/,
    );
  });

  it("names who has a port of the nodes: one that a setting moves, and one that none moves", () => {
    assert.deepEqual(findings(taken("web", 32_000, mark("another"))), [
      "error serviceType: port 32000 of the nodes is taken by the service shop/web, and the service plano needs it\n" +
        "    → pulumi config set serviceType LoadBalancer, or ClusterIP, or free the port",
    ]);
    assert.deepEqual(findings(taken("web", 32_000, mark("mine"))), []);
    assert.deepEqual(findings(taken("web", 32_000), exposed("ClusterIP")), []);
    const wanted = { manifests: [...plan().manifests, service("jaeger-ui", "NodePort", 31_686)] };
    assert.deepEqual(findings(taken("ui", 31_686, mark("another")), wanted), [
      "error cluster: port 31686 of the nodes is taken by the service shop/ui, and the service jaeger-ui needs it\n" +
        "    → free the port, or pulumi config set cluster existing and context blue, where jaeger-ui is not needed",
    ]);
    assert.deepEqual(findings(taken("ui", 31_686, mark("mine")), wanted), []);
  });

  it("names a Kubernetes that is too old, and none that does not say how old it is", () => {
    const refused = (version: ClusterFacts["version"]): string[] => findings({ version });
    assert.deepEqual(refused({ major: "1", minor: "29", gitVersion: "v1.29.15-eks-1" }), [
      "error version: it runs Kubernetes v1.29.15-eks-1, and the stack needs 1.30 or newer\n" +
        "    → have the cluster upgraded, or choose another: pulumi config set context …",
    ]);
    assert.match(refused({ major: "1", minor: "9+" })[0] ?? "", /it runs Kubernetes 1\.9\+, and/);
    for (const version of [{ major: "1", minor: "30+" }, { major: "1", minor: "34" }, { major: "2", minor: "0" }, {}])
      assert.deepEqual(refused(version), []);
  });

  it("goes by a dry run where services of others may not be listed", () => {
    const services = { unseen: "the account may not look" };
    const message =
      'Service "plano" is invalid: spec.ports[0].nodePort: Invalid value: 32000: provided port is already allocated';
    const base = facts();
    const of = (answer: Parameters<typeof trial>[3]) => ({
      services,
      planned: base.planned,
      trials: [trial(base, "Service plano", "object", answer)],
    });
    assert.deepEqual(findings(of({ status: 422, message })), [
      "error serviceType: port 32000 of the nodes is taken by another service, and the service plano needs it\n" +
        "    → pulumi config set serviceType LoadBalancer, or ClusterIP, or free the port",
    ]);
    assert.deepEqual(findings(of({ accepted: { spec: { containers: [] } } })), []);
    assert.match(first({ services }), /^warning serviceType: whether port 32000 of the nodes is free could not be checked/);
    assert.deepEqual(findings({ services, ...foundAs("mine", "Service plano") }), []);
  });
});
