import { createHash, randomBytes } from "node:crypto";
import { createServer } from "node:http";
import { gzipSync } from "node:zlib";
import { listening } from "../../../lib/testing/listening";
import { imagePlatform } from "../saved";

/** How a registry of one image behaves. */
export interface RegistryOptions {
  /** Default: this machine's. */
  readonly architecture?: string;
  readonly entrypoint?: readonly string[];
  /** Whether an index of platforms leads to it. Default false. */
  readonly indexed?: boolean;
  /** Size of what is in its layer. Default 0. */
  readonly bytes?: number;
  /** `mute`: takes connections and never answers; `login`: wants one; `cut`: ends in the middle of the layer. */
  readonly fault?: "mute" | "login" | "cut";
}

const indexType = "application/vnd.oci.image.index.v1+json";

/** Plano's, as its Dockerfile has it. */
export const planoEntrypoint = ["/usr/local/bin/supervisord", "-c", "/etc/supervisor/conf.d/supervisord.conf"];

/** A registry on loopback with one image of one layer, as `plano:1`. */
export async function startRegistry({
  architecture,
  entrypoint = planoEntrypoint,
  indexed = false,
  bytes = 0,
  fault,
}: RegistryOptions = {}) {
  const blobs = new Map<string, Buffer>();
  const add = (mediaType: string, content: Buffer) => {
    const digest = `sha256:${createHash("sha256").update(content).digest("hex")}`;
    blobs.set(digest, content);
    return { mediaType, digest, size: content.length };
  };
  const json = (value: object): Buffer => Buffer.from(JSON.stringify(value));
  // An archive ends with two blocks of zeros; nobody unpacks what is before them.
  const tar = Buffer.concat([randomBytes(bytes), Buffer.alloc(1024)]);
  const layer = add("application/vnd.oci.image.layer.v1.tar+gzip", gzipSync(tar));
  const description = {
    architecture: architecture ?? imagePlatform.split("/")[1],
    os: "linux",
    config: { Entrypoint: entrypoint },
    rootfs: { type: "layers", diff_ids: [`sha256:${createHash("sha256").update(tar).digest("hex")}`] },
  };
  const config = add("application/vnd.oci.image.config.v1+json", json(description));
  const mediaType = "application/vnd.oci.image.manifest.v1+json";
  const manifest = add(mediaType, json({ schemaVersion: 2, mediaType, config, layers: [layer] }));
  const platform = { os: "linux", architecture: description.architecture };
  const index = add(indexType, json({ schemaVersion: 2, mediaType: indexType, manifests: [{ ...manifest, platform }] }));
  const server = createServer((request, response) => {
    if (fault === "mute") return;
    if (fault === "login") return void response.writeHead(401, { "www-authenticate": 'Basic realm="registry"' }).end();
    const [, kind, name = ""] = /^\/v2\/plano\/(manifests|blobs)\/([^?]*)/.exec(request.url ?? "") ?? [];
    const digest = kind === "manifests" && name === "1" ? (indexed ? index : manifest).digest : name;
    const content = blobs.get(digest);
    if (content === undefined) return void response.writeHead(404).end();
    const type = kind !== "manifests" ? "application/octet-stream" : digest === index.digest ? indexType : mediaType;
    response.writeHead(200, { "content-type": type, "content-length": content.length, "docker-content-digest": digest });
    if (fault === "cut" && digest === layer.digest) return void response.write(content.subarray(0, 8), () => response.destroy());
    response.end(request.method === "HEAD" ? undefined : content);
  });
  const { address, [Symbol.asyncDispose]: close } = await listening(server);
  return { reference: `${address}/plano:1`, [Symbol.asyncDispose]: close };
}
