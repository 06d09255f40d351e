import { createHash } from "node:crypto";
import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { gzipSync } from "node:zlib";
import { pack } from "tar-stream";

/** What the sites of releases hold, by path; everything else is 404. */
export class DownloadSite implements AsyncDisposable {
  readonly asked: string[] = [];
  readonly #server: Server;

  private constructor(files: Readonly<Record<string, Buffer | string>>) {
    this.#server = createServer((request, response) => {
      const path = request.url ?? "";
      this.asked.push(path);
      const file = files[path];
      response.writeHead(file === undefined ? 404 : 200).end(file);
    });
  }

  /** @param port default: any that is free. */
  static async start(files: Readonly<Record<string, Buffer | string>>, port = 0): Promise<DownloadSite> {
    const site = new DownloadSite(files);
    await once(site.#server.listen(port, "127.0.0.1"), "listening");
    return site;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}

/** A port at which nobody listens. */
export async function closedPort(): Promise<number> {
  const site = await DownloadSite.start({});
  const { port } = site;
  await site[Symbol.asyncDispose]();
  return port;
}

/** Content that is taken for a program. */
export function programBytes(text: string): Buffer {
  return Buffer.from(`\x7fELF${text}`, "latin1");
}

export function sha256(content: Buffer | string): string {
  return createHash("sha256").update(content).digest("hex");
}

/** A gzipped archive of these files. */
export async function tarball(files: Readonly<Record<string, Buffer>>): Promise<Buffer> {
  const archive = pack();
  for (const [name, content] of Object.entries(files)) archive.entry({ name, mode: 0o755 }, content);
  archive.finalize();
  const chunks: Buffer[] = [];
  for await (const chunk of archive) chunks.push(chunk as Buffer);
  return gzipSync(Buffer.concat(chunks));
}
