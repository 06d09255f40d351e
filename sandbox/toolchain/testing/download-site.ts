import { createHash } from "node:crypto";
import { createServer } from "node:http";
import { gzipSync } from "node:zlib";
import { pack } from "tar-stream";
import { listening } from "../../../lib/testing/listening";

/** What the sites of releases hold, by path; everything else is 404. @param port default: any that is free */
export async function downloadSite(files: Readonly<Record<string, Buffer | string>>, port = 0) {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    const path = request.url ?? "";
    asked.push(path);
    response.writeHead(files[path] === undefined ? 404 : 200).end(files[path]);
  });
  return { asked, ...(await listening(server, port)) };
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
