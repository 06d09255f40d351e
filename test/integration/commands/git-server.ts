import { spawn } from "node:child_process";
import type { IncomingMessage, ServerResponse } from "node:http";
import { createServer } from "node:https";
import { listening } from "../../../lib/testing/listening";
import { selfSigned } from "../verify/fake-socket-server";

/**
 * Serves one repository by HTTPS, as GitHub does (git's smart protocol), to clients that trust its certificate.
 *
 * @returns its URL, as users write it, and the certificate
 */
export async function serveRepository(repository: string) {
  const { key, cert } = await selfSigned();
  const server = await listening(createServer({ key, cert }, (...it) => answer(repository, ...it)));
  return { ...server, url: `https://${server.address}/somebody/plano-affinity`, cert };
}

/** What of git's protocol a clone needs: which references there are, and a pack of what is wanted. */
function answer(repository: string, request: IncomingMessage, response: ServerResponse): void {
  const advertises = request.url?.endsWith(".git/info/refs?service=git-upload-pack") === true;
  if (!advertises && request.url?.endsWith(".git/git-upload-pack") !== true) return void response.writeHead(404).end();
  const kind = advertises ? "advertisement" : "result";
  response.writeHead(200, { "content-type": `application/x-git-upload-pack-${kind}` });
  if (advertises) response.write("001e# service=git-upload-pack\n0000");
  const args = ["upload-pack", "--stateless-rpc", ...(advertises ? ["--advertise-refs"] : []), repository];
  const git = spawn("git", args, { stdio: ["pipe", "pipe", "ignore"] });
  // It stops reading when it has enough.
  request.pipe(git.stdin.on("error", () => undefined));
  git.stdout.pipe(response);
}
