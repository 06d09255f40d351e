import * as pulumi from "@pulumi/pulumi";
import { dockerServer } from "./docker";
import { type ImageWishes, planImages } from "./plan";

/**
 * Finds what would keep images from being built, before anything is made. What a registry refuses is told before the
 * build: it is asked for the image first.
 *
 * @throws pulumi.RunError
 */
export async function checkImages(wishes: ImageWishes & { readonly needsStub: boolean }): Promise<void> {
  const { gateway, stub } = planImages(wishes);
  if (gateway !== "built" && !(wishes.needsStub && stub === "built")) return;
  const server = await dockerServer();
  if (server.answers) return;
  const key = wishes.registry === undefined ? "cluster" : "registry";
  throw new pulumi.RunError(`${key}: images cannot be built: ${server.reason}`);
}
