import assert from "node:assert/strict";
import { loadKubeConfig } from "./kube-config";

const remedy = "see $KUBECONFIG or ~/.kube/config";

describe("a kubeconfig that cannot be read", () => {
  const cases: readonly [name: string, kubeconfig: string, reason: string][] = [
    [
      "is indented wrongly",
      "users:\n- name: me\n  user:\n    token: geheim\n   tokenFile: x\n",
      "it is not YAML (line 5, column 1)",
    ],
    ["has a quote too few", "token: 'geheim\n", "it is not YAML (line 2, column 1)"],
    ["has a password that looks like an alias", "password: *geheim\n", "it is not YAML"],
    ["is two", "token: geheim\n---\ntoken: geheim\n", "it is not YAML (line 2, column 1)"],
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
