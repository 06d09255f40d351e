import type { ClusterKind } from "../settings/cluster-kind";

/**
 * Where an image comes from: `given` by the user; `official`, as it is published; `built` from the Dockerfile;
 * `sandbox`, put together without Docker; `loaded` into the cluster's nodes, from a file of this machine; `bundled`, the
 * program in a ConfigMap on the official image of Node.js.
 */
export type ImageSource = "given" | "official" | "built" | "sandbox" | "loaded" | "bundled";

/** What decides where images come from. */
export interface ImageWishes {
  readonly kind: ClusterKind;
  readonly gateway: "plano" | "standin";
  /** Image of the gateway to use as it is. */
  readonly image: string | undefined;
  readonly registry: string | undefined;
  /** Whether Plano's image is, or will be, in a file of this machine. Default false. */
  readonly inFile?: boolean;
}

/** Decides where the gateway and the LLM stub come from. An image of the stand-in that is given holds the stub as well. */
export function planImages({
  kind,
  gateway,
  image,
  registry,
  inFile = false,
}: ImageWishes): Readonly<Record<"gateway" | "stub", ImageSource>> {
  const isBuilt = registry !== undefined || kind === "kind";
  const unbuilt = kind === "sandbox" ? "sandbox" : "bundled";
  const standin = isBuilt ? "built" : unbuilt;
  if (inFile) return { gateway: "loaded", stub: standin };
  if (image !== undefined) return { gateway: "given", stub: gateway === "standin" ? "given" : standin };
  if (gateway === "standin") return { gateway: standin, stub: standin };
  return { gateway: isBuilt ? "built" : "official", stub: standin };
}
