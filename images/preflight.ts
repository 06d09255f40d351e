import * as pulumi from "@pulumi/pulumi";
import { dockerServer } from "./docker";
import { type ImageWishes, planImages } from "./plan";
import { whyNoPush } from "./registry-login";

/**
 * Finds what would keep images from being built or pushed, before anything is made.
 *
 * @throws pulumi.RunError with every finding and its remedy.
 */
export async function checkImages(wishes: ImageWishes & { readonly needsStub: boolean }, signal?: AbortSignal): Promise<void> {
  const { gateway, stub } = planImages(wishes);
  if (gateway !== "built" && !(wishes.needsStub && stub === "built")) return;
  const { registry } = wishes;
  const [server, noPush] = await Promise.all([
    dockerServer(signal),
    registry === undefined ? undefined : whyNoPush(registry, signal),
  ]);
  const findings = [
    ...(server.answers ? [] : [`${registry === undefined ? "cluster" : "registry"}: images cannot be built: ${server.reason}`]),
    ...(noPush === undefined ? [] : [`registry: ${noPush}`]),
  ];
  if (findings.length > 0) throw new pulumi.RunError(findings.join("\n"));
}
