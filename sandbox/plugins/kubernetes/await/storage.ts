import { mapAt, textAt } from "../objects";
import { ready, waiting, type ReadinessRule } from "./readiness";

/** Bound, unless its class binds only when a pod asks for it. */
export const volumeClaim: ReadinessRule = {
  timeoutSeconds: 300,
  async check(object, client) {
    const phase = textAt(object, "status", "phase") ?? "Pending";
    if (phase === "Bound") return ready("bound");
    if (phase === "Lost") return { ready: false, seen: "its volume is lost", hopeless: true };
    const className = textAt(object, "spec", "storageClassName");
    if (className === undefined) return waiting("the cluster has no default StorageClass");
    if (className === "") return waiting(`phase ${phase}, no StorageClass: it waits for a volume made by hand`);
    const storageClass = await client.get({
      apiVersion: "storage.k8s.io/v1",
      kind: "StorageClass",
      namespace: undefined,
      name: className,
    });
    if (storageClass === undefined) return waiting(`phase ${phase}; the StorageClass ${className} does not exist`);
    if (mapAt(storageClass)["volumeBindingMode"] === "WaitForFirstConsumer") return ready("it binds when a pod uses it");
    return waiting(`phase ${phase}, StorageClass ${className}`);
  },
};
