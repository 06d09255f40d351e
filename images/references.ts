import type { ImageTarget } from "./build-inputs";

/** Names of one image that is built here. */
export interface ImageNames {
  /** In the engine of this machine: `plano-affinity/standin:<hash>`. */
  readonly local: string;
  /**
   * In the registry: `<repository>:standin-<hash>`. One repository for both targets, for many registries want each to
   * be created first.
   */
  readonly pushed: string | undefined;
}

/** The names of an image with these inputs. */
export function imageNames(target: ImageTarget, inputs: string, repository: string | undefined): ImageNames {
  return {
    local: `plano-affinity/${target}:${inputs}`,
    pushed: repository === undefined ? undefined : `${repository}:${target}-${inputs}`,
  };
}

/** What pods pull: by digest, so that nobody can put another image under the name. */
export function byDigest(repository: string, digest: string): string {
  return `${repository}@${digest}`;
}
