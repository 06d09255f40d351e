import assert from "node:assert/strict";
import { loadKubeConfig } from "./kube-config";

const remedy = "see $KUBECONFIG or ~/.kube/config";

describe("a kubeconfig that cannot be read", () => {
  const cases: readonly [name: string, kubeconfig: string, reason: string][] = [
    ["has a password that looks like an alias", "password: *geheim\n", "it is not YAML"],
    ["lacks something", "users: [{user: {token: geheim}}]\n", "users[0] has no name"],
  ];
  for (const [name, kubeconfig, reason] of cases) {
    it(`says where and why, and quotes nothing, when it ${name}`, async () => {
      await assert.rejects(loadKubeConfig({ kubeconfig }), {
        name: "UsageError",
        message: `kubeconfig: the kubeconfig cannot be read: ${reason}; ${remedy}`,
      });
    });
  }
});
