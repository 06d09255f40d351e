import assert from "node:assert/strict";
import { kubectlFor } from "./kubectl";

const file = "/state/kind/demo-1a2b3c4d.kubeconfig";

describe("kubectl for a cluster", () => {
  it("uses the context that was chosen, and none when none was", () => {
    assert.equal(kubectlFor("existing", { clusterName: "plano-demo" }, file), "kubectl");
    const eks = "arn:aws:eks:eu-west-1:123:cluster/prod";
    assert.equal(kubectlFor("existing", { clusterName: "plano-demo", context: eks }, file), `kubectl --context ${eks}`);
    assert.equal(
      kubectlFor("existing", { clusterName: "plano-demo", context: "it's $mine" }, file),
      "kubectl --context 'it'\\''s $mine'",
    );
  });

  it("finds clusters that the stack made", () => {
    assert.match(kubectlFor("sandbox", { clusterName: "demo" }, file), /^kubectl --kubeconfig \S+\/clusters\/demo\/kubeconfig$/);
    assert.equal(kubectlFor("kind", { clusterName: "demo" }, file), `kubectl --kubeconfig ${file}`);
  });
});
