import type { ClusterKind } from "../settings/cluster-kind";

/**
 * Where an image comes from: `given` by the user; `official`, as it is published; `built` from the Dockerfile;
 * `sandbox`, put together without Docker; `bundled`, the program in a ConfigMap on the official image of Node.js.
 */
export type ImageSource = "given" | "official" | "built" | "sandbox" | "bundled";

/** What decides where images come from. */
export interface ImageWishes {
  readonly kind: ClusterKind;
  readonly gateway: "plano" | "standin";
  /** Image of the gateway to use as it is. */
  readonly image: string | undefined;
  /** Repository to push to. */
  readonly registry: string | undefined;
}

/** Where the images of the gateway and of the LLM stub come from. */
export interface ImagePlan {
  readonly gateway: ImageSource;
  readonly stub: ImageSource;
}

/** Decides where images come from. An image of the stand-in that is given holds the stub as well. */
export function planImages({ kind, gateway, image, registry }: ImageWishes): ImagePlan {
  const given = image !== undefined;
  const standin = ((): ImageSource => {
    if (given && gateway === "standin") return "given";
    if (registry !== undefined || kind === "kind") return "built";
    return kind === "sandbox" ? "sandbox" : "bundled";
  })();
  if (gateway === "standin") return { gateway: standin, stub: standin };
  if (given) return { gateway: "given", stub: standin };
  return { gateway: registry !== undefined || kind === "kind" ? "built" : "official", stub: standin };
}
