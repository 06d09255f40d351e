import type { Fault } from "./fault";

/** Bugs that only traces show, and bugs in the traces. */
export const traceFaults: readonly Fault[] = [
  {
    name: "trace-always-routing",
    imitates: "the routing model is asked, and paid, on every request although the pin holds",
    caughtBy: ["traces"],
    change: () => ({ alwaysRoute: true }),
  },
  {
    name: "no-traces",
    imitates: "spans are never exported: sampling left at 0, or a wrong collector address",
    caughtBy: ["traces"],
    change: () => ({ exportSpans: false }),
  },
  {
    name: "wrong-pod-attribute",
    imitates: "the pod's name on spans is a constant from the image, not from the pod",
    caughtBy: ["traces"],
    change: ({ spanAttributes }) => ({ spanAttributes: { ...spanAttributes, "k8s.pod.name": "plano-0" } }),
  },
];
