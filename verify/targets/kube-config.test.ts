import assert from "node:assert/strict";
import { loadKubeConfig } from "./kube-config";

const remedy = "see $KUBECONFIG or ~/.kube/config";

describe("a kubeconfig that cannot be read", () => {
  const cases: readonly [name: string, kubeconfig: string, reason: string][] = [
    [
      "is indented wrongly",
      "users:\n- name: me\n  user:\n    token: geheim\n   tokenFile: x\n",
      "bad indentation of a mapping entry (line 5, column 4)",
    ],
    ["has a quote too few", "token: 'geheim\n", "unexpected end of the stream within a single quoted scalar (line 2, column 1)"],
    ["has a password that looks like an alias", "password: *geheim\n", "unidentified alias (line 1, column 18)"],
    ["has a password that looks like a tag", "password: !geheim x\n", "unknown tag (line 1, column 20)"],
    ["is two", "token: geheim\n---\ntoken: geheim\n", "expected a single document in the stream, but found more"],
    ["lacks something", "users: [{user: {token: geheim}}]\n", "users[0].name is missing"],
  ];
  for (const [name, kubeconfig, reason] of cases) {
    it(`says where and why, and quotes nothing, when it ${name}`, async () => {
      await assert.rejects(loadKubeConfig({ kubeconfig }), {
        name: "UsageError",
        message: `kubeconfig: it cannot be read: ${reason}; ${remedy}`,
      });
    });
  }
});
