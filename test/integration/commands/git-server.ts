import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import type { IncomingMessage, ServerResponse } from "node:http";
import { createServer, type Server } from "node:https";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { selfSigned } from "../verify/fake-socket-server";

/** Serves one repository by HTTPS, as GitHub does (git's smart protocol), to clients that trust its certificate. */
export class GitServer implements AsyncDisposable {
  private constructor(
    private readonly server: Server,
    private readonly folder: string,
  ) {}

  static async start(repository: string): Promise<GitServer> {
    const folder = await mkdtemp(join(tmpdir(), "plano-affinity-git-server-"));
    const own = await selfSigned();
    await writeFile(join(folder, "ca.pem"), own.cert);
    const server = createServer(own, (request, response) => answer(repository, request, response));
    await once(server.listen(0, "127.0.0.1"), "listening");
    return new GitServer(server, folder);
  }

  /** Of the repository, as its users write it. */
  get url(): string {
    return `https://127.0.0.1:${(this.server.address() as AddressInfo).port}/somebody/plano-affinity`;
  }

  /** The file of the certificate that is to be trusted. */
  get certificate(): string {
    return join(this.folder, "ca.pem");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.server.closeAllConnections();
    await once(this.server.close(), "close");
    await rm(this.folder, { recursive: true, force: true });
  }
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
