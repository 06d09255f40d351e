import { strict as assert } from "node:assert";
import { delimiter } from "node:path";
import { parse } from "yaml";
import { documentedRole } from "../../../clusters/testing/preflight-facts";
import { waitFor } from "../../../lib/wait";
import { stepByStep } from "../../../lib/testing/skip";
import type { OutsideCluster } from "../../stacks/outside-cluster";
import { assertUnchanged, TestStack } from "../../stacks/stack";

const account = { metadata: { name: "tenant", namespace: "tenant" } };
const left = ["kube-root-ca.crt"];

/** One cluster that the stacks only join; each test goes on where the one before ended. */
export function existing(theCluster: () => OutsideCluster): void {
  describe("the stack on a cluster that it did not make", function () {
    stepByStep(this);
    let cluster: OutsideCluster;
    let stack: TestStack;
    let settings: Readonly<Record<string, unknown>>;

    const objectsOf = async (namespace: string): Promise<string[]> => {
      const { core, apps } = cluster.api;
      const lists = await Promise.all([
        core.listNamespacedSecret({ namespace }),
        core.listNamespacedConfigMap({ namespace }),
        core.listNamespacedService({ namespace }),
        core.listNamespacedPersistentVolumeClaim({ namespace }),
        apps.listNamespacedDeployment({ namespace }),
        apps.listNamespacedStatefulSet({ namespace }),
      ]);
      return lists.flatMap(({ items }) => items.map(({ metadata }) => metadata?.name ?? "")).sort();
    };
    const refused = async (by = stack): Promise<string> => {
      const output = await by.upFails();
      assert.match(output, /in the way on the cluster of context \w+; nothing was made or changed in it\./);
      return output;
    };

    before(async () => {
      cluster = theCluster();
      await cluster.make(
        { apiVersion: "v1", kind: "Namespace", metadata: { name: "somebody" } },
        { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "plano-config", namespace: "somebody" } },
        { apiVersion: "v1", kind: "Namespace", metadata: { name: "tenant" } },
        { apiVersion: "v1", kind: "ServiceAccount", ...account },
        { ...documentedRole(), metadata: { name: "plano-affinity", namespace: "tenant" } },
        {
          apiVersion: "rbac.authorization.k8s.io/v1",
          kind: "RoleBinding",
          ...account,
          roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "Role", name: "plano-affinity" },
          subjects: [{ kind: "ServiceAccount", name: "tenant", namespace: "tenant" }],
        } as object,
      );
      const files = [
        await cluster.kubeconfig("admin"),
        await cluster.kubeconfig("tenant", await cluster.token("tenant", "tenant")),
      ];
      process.env.KUBECONFIG = files.join(delimiter);
      settings = { cluster: "existing", gateway: "standin", image: cluster.image };
      stack = await TestStack.create("e2e-existing", { ...settings, serviceType: "NodePort" });
    });

    after(() => stack?.[Symbol.asyncDispose]());

    it("comes up and proves affinity, on the current context of several kubeconfigs", async () => {
      const output = await stack.up();
      assert.match(output, /in admin, outside the namespace plano-demo, the stack makes: Namespace plano-demo\n/);
      assert.match(output, /Affinity: pass/);
      assert.equal((await stack.affinity()).verdict, "pass");
      const kubeconfig = parse(await stack.output<string>("kubeconfig")) as { users: { name: string }[] };
      assert.deepEqual(
        kubeconfig.users.map(({ name }) => name),
        ["admin"],
        "the stack keeps credentials that are none of its business",
      );
    });

    it("takes what it finds then for its own, and changes nothing", async () => {
      assertUnchanged(await stack.up());
    });

    it("is not taken over by a stack of the same name from elsewhere", async () => {
      await using other = await TestStack.create("e2e-existing", { ...settings, serviceType: "NodePort" });
      const output = await refused(other);
      assert.match(output, /namespace: plano-demo exists and was not made by this stack/);
      assert.match(output, /port 32000 of the nodes is taken by the service plano-demo\/plano/);
      assert.match(output, /Deployment plano, /);
    });

    it("leaves the cluster, and what is not its own, when it is destroyed", async () => {
      const before = await objectsOf("somebody");
      await stack.destroy();
      await assert.rejects(cluster.api.core.readNamespace({ name: "plano-demo" }), { code: 404 });
      assert.ok(before.includes("plano-config"));
      assert.deepEqual(await objectsOf("somebody"), before);
    });

    it("comes up with the documented Role and nothing else", async () => {
      await stack.configure({ context: "tenant", serviceType: "ClusterIP", namespace: "tenant", createNamespace: "false" });
      const output = await stack.up();
      assert.match(output, /outside the namespace tenant, the stack makes: nothing\n/);
      assert.equal((await stack.affinity()).verdict, "pass");
    });

    it("leaves a namespace that it did not make", async () => {
      await stack.destroy();
      assert.equal((await cluster.api.core.readNamespace({ name: "tenant" })).status?.phase, "Active");
      // The volume's claim goes by the cluster's garbage collection, after its StatefulSet.
      await waitFor({ subject: "a namespace without anything of the stack's", limitMs: 60_000 }, async () => {
        assert.deepEqual(await objectsOf("tenant"), left);
        return true;
      });
    });

    it("lists all that is wrong with a cluster at once", async () => {
      const { core, storage, services } = cluster.api;
      await services.deleteAPIService({ name: "v1beta1.metrics.k8s.io" });
      const [storageClass] = (await storage.listStorageClass()).items;
      await storage.replaceStorageClass({
        name: "standard",
        body: { ...storageClass, provisioner: storageClass?.provisioner ?? "", metadata: { name: "standard" } },
      });
      const taker = { metadata: { name: "taker" }, spec: { type: "NodePort", ports: [{ port: 80, nodePort: 32_000 }] } };
      await core.createNamespacedService({ namespace: "somebody", body: taker });
      await cluster.make({
        apiVersion: "v1",
        kind: "ResourceQuota",
        metadata: { name: "small", namespace: "tenant" },
        spec: { hard: { "requests.memory": "200Mi" } },
      } as object);
      await stack.configure({ context: "admin", serviceType: "NodePort" });
      const output = await refused();
      assert.match(output, /4 things stand in the way/);
      assert.match(output, /storageClass: the cluster has no default StorageClass for Redis' volume; there is standard\n/);
      assert.match(output, /metricsServer: the cluster has no metrics API/);
      assert.match(output, /serviceType: port 32000 of the nodes is taken by the service somebody\/taker, and/);
      assert.match(output, /quota small: requests.memory \d+Mi needed, 200Mi of 200Mi left\n/);
      assert.deepEqual(await objectsOf("tenant"), left);
    });
  });
}
