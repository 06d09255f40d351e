import * as pulumi from "@pulumi/pulumi";
import { existsSync, readdirSync } from "node:fs";
import { resolve } from "node:path";
import { registryHost } from "../images/docker-error";
import type { Progress } from "../lib/progress";
import { planoPrefix, type PlanoSource, pulledFile } from "../sandbox/images/plano";
import { type ImageConfig, imagePlatform, readSavedImage, requirePlatform, WrongImage } from "../sandbox/images/saved";
import { lookUpImage } from "../sandbox/images/store";
import { sandboxFolder } from "../sandbox/lifecycle/registry";
import { nodePaths } from "../sandbox/node/spec";
import type { Settings } from "../settings";
import type { ClusterKind } from "../settings/cluster-kind";
import { mirrored, officialPlano } from "../settings/images";
import { isImageArchive } from "../settings/parsers";
import { unexaminedNote } from "../settings/plano/releases";

export type { PlanoSource };

/** The gateway that a stack runs. */
export interface ChosenGateway {
  readonly gateway: "plano" | "standin";
  /** Plano's image, for a cluster that does not pull it by itself. */
  readonly planoImage?: PlanoSource;
}

/** What is asked of this machine; tests put others in its place. */
export interface ImageFinder {
  /** @throws Error with what the registry, or the way to it, said */
  readonly lookUp: (reference: string) => Promise<ImageConfig>;
  readonly read: typeof readSavedImage;
}

/** This machine's network and files. */
export function imageFinder(progress: Progress): ImageFinder {
  return { lookUp: (reference) => lookUpImage(reference, { progress }), read: readSavedImage };
}

type Given = Pick<Settings, "gateway" | "image" | "registry" | "planoVersion" | "clusterName" | "standinFault"> &
  Partial<Pick<Settings, "imageMirror">>;

/**
 * Settles the gateway, before anything is made. `auto` is Plano wherever its image can be had. A sandbox that was made with the stand-in stays with
 * it, so that no start waits for a registry; one that has Plano never turns into one of the stand-in.
 *
 * @param tell is told what `auto` chose in a sandbox, and why, and of a release of Plano that was not examined
 * @throws pulumi.RunError where an image that was asked for cannot be had, or is no image of Plano
 */
export async function chooseGateway(
  settings: Given,
  kind: ClusterKind,
  finder: ImageFinder,
  tell: (text: string) => void = () => undefined,
): Promise<ChosenGateway> {
  const chosen = await findGateway(settings, kind, finder, tell);
  const note = chosen.gateway === "plano" ? unexaminedNote(settings.planoVersion) : undefined;
  if (note !== undefined) tell(`gateway: ${note}`);
  return chosen;
}

async function findGateway(
  settings: Given,
  kind: ClusterKind,
  finder: ImageFinder,
  tell: (text: string) => void,
): Promise<ChosenGateway> {
  const { gateway, image, registry, planoVersion, clusterName, imageMirror } = settings;
  if (gateway === "standin") return { gateway };
  if (image !== undefined && isImageArchive(image))
    return { gateway: "plano", planoImage: await fromArchive(resolve(image), finder) };
  if (kind !== "sandbox" || registry !== undefined)
    return { gateway: gateway === "auto" && kind === "sandbox" ? "standin" : "plano" };

  const reference = fullReference(image ?? mirrored(officialPlano(planoVersion), imageMirror));
  const planoImage = { reference };
  const { hasPlano, exists } = madeWith(clusterName);
  const isWanted = gateway === "plano" || image !== undefined || hasPlano;
  if (!isWanted && settings.standinFault !== "none") return { gateway: "standin" };
  if (!isWanted && exists) {
    tell("gateway: still the stand-in, as when this stack was made → pulumi config set gateway plano, for Plano itself");
    return { gateway: "standin" };
  }
  if (existsSync(pulledFile(reference))) return { gateway: "plano", planoImage };
  try {
    requirePlano(await finder.lookUp(reference));
    return { gateway: "plano", planoImage };
  } catch (error) {
    const why = `${reference} cannot be pulled here: ${(error as Error).message}`;
    // The node may reach what this machine does not, and has the credentials of imagePullConfig.
    if (image !== undefined && !(error instanceof WrongImage)) {
      tell(`image: left to the node, because ${why}`);
      return { gateway: gateway === "auto" && !hasPlano ? "standin" : "plano" };
    }
    if (isWanted) throw new pulumi.RunError(`gateway: ${why}.\n${otherWays}`);
    tell(`gateway: the stand-in, not Plano itself, because ${why}`);
    return { gateway: "standin" };
  }
}

function fullReference(reference: string): string {
  const hasHost = reference.startsWith(`${registryHost(reference)}/`);
  const named = hasHost ? reference : `docker.io/${reference.includes("/") ? "" : "library/"}${reference}`;
  return /[:@][^/]*$/.test(named) ? named : `${named}:latest`;
}

const otherWays =
  "  → pulumi config set image /path/to/plano.tar, as `docker save` writes it where Plano's image is\n" +
  "  → pulumi config set image <reference>, for a registry that this machine reaches\n" +
  "  → pulumi config set gateway standin, which needs no image";

async function fromArchive(file: string, { read }: ImageFinder): Promise<PlanoSource> {
  try {
    const { config, digest } = await read(file);
    requirePlano(config);
    return { archive: file, digest };
  } catch (error) {
    throw new pulumi.RunError(
      `image: ${(error as Error).message}.\n` +
        `  → docker pull --platform ${imagePlatform} docker.io/katanemo/plano:0.4.27, or another release, and docker save --output plano.tar …`,
    );
  }
}

/** Plano's image is recognised by the supervisor that it starts. Source: Plano's Dockerfile, 0.4.19 to 0.4.36. */
function requirePlano(config: ImageConfig): void {
  requirePlatform(config);
  const entrypoint = config.config?.Entrypoint ?? [];
  if (!entrypoint.some((it) => it.includes("supervisord")))
    throw new Error(`it is no image of Plano: it starts ${entrypoint.join(" ") || "nothing"}, and Plano's starts supervisord`);
}

function madeWith(clusterName: string): { readonly exists: boolean; readonly hasPlano: boolean } {
  const { images, kubeconfig } = nodePaths(sandboxFolder(clusterName));
  const kept = existsSync(images) ? readdirSync(images) : [];
  return { exists: existsSync(kubeconfig), hasPlano: kept.some((it) => it.startsWith(planoPrefix)) };
}
