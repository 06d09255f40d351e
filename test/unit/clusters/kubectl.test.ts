import assert from "node:assert/strict";
import { kubectlFor } from "../../../clusters/kubectl";

describe("kubectl for a cluster", () => {
  it("uses the context that was chosen, and none when none was", () => {
    assert.equal(kubectlFor("existing", { clusterName: "plano-demo" }), "kubectl");
    const eks = "arn:aws:eks:eu-west-1:123:cluster/prod";
    assert.equal(kubectlFor("existing", { clusterName: "plano-demo", context: eks }), `kubectl --context ${eks}`);
    assert.equal(
      kubectlFor("existing", { clusterName: "plano-demo", context: "it's $mine" }),
      "kubectl --context 'it'\\''s $mine'",
    );
  });

  it("finds clusters that the stack made", () => {
    assert.match(kubectlFor("sandbox", { clusterName: "demo" }), /^kubectl --kubeconfig \S+\/clusters\/demo\/kubeconfig$/);
    assert.equal(
      kubectlFor("kind", { clusterName: "demo" }),
      "kind export kubeconfig --name demo && kubectl --context kind-demo",
    );
  });
});
