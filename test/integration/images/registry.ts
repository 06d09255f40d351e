import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { stringify } from "yaml";
import { silentProgress } from "../../../lib/progress";
import { ensureTool } from "../../../sandbox/toolchain/ensure";
import { testTools } from "../../../sandbox/toolchain/testing/tools";
import { StartedProcess } from "../../../standin/testing/process";
import { freePort } from "../../../standin/testing/redis";

/** Who may use a registry with {@link htpasswd}. */
export const user = "tester";
export const password = "open sesame";

/** The two, as htpasswd writes them. */
export const htpasswd = "tester:$2b$05$abcdefghijklmnopqrstuupx2xBUC4954936wVIjyyPHmUBFu0wCW\n";

type Login = { readonly user: string; readonly password: string } | undefined;

/** A registry of a test's own, with plain HTTP and without a login unless `htpasswd` is given. */
export class PrivateRegistry implements AsyncDisposable {
  private constructor(
    /** `host:port`, the first part of its references. */
    readonly host: string,
    private readonly folder: string,
    private readonly server: StartedProcess<true>,
  ) {}

  /** @throws Error naming what is missing, where no registry is available. */
  static async start({
    address = "127.0.0.1",
    htpasswd,
  }: { readonly address?: string; readonly htpasswd?: string } = {}): Promise<PrivateRegistry> {
    const { programs } = await ensureTool(testTools["docker-registry"], silentProgress);
    const folder = await mkdtemp(join(tmpdir(), "plano-affinity-registry-"));
    const host = `${address}:${await freePort(address)}`;
    const users = join(folder, "htpasswd");
    if (htpasswd !== undefined) await writeFile(users, htpasswd);
    const config = {
      version: "0.1",
      storage: { filesystem: { rootdirectory: join(folder, "data") }, delete: { enabled: true } },
      http: { addr: host },
      ...(htpasswd === undefined ? {} : { auth: { htpasswd: { realm: "test", path: users } } }),
    };
    await writeFile(join(folder, "config.yml"), stringify(config));
    const server = await StartedProcess.start({
      name: `the registry ${host}`,
      command: programs["docker-registry"] ?? "",
      args: ["serve", join(folder, "config.yml")],
      ready: (line) => line.includes("listening on") || undefined,
    });
    return new PrivateRegistry(host, folder, server);
  }

  /** Tags of a repository. */
  async tags(repository: string, login?: Login): Promise<readonly string[]> {
    const answer = await fetch(`http://${this.host}/v2/${repository}/tags/list`, { headers: headers(login) });
    return answer.ok ? (((await answer.json()) as { tags: string[] | null }).tags ?? []) : [];
  }

  /** Removes an image by its digest, as a clean-up policy does. */
  async remove(repository: string, digest: string, login?: Login): Promise<void> {
    const address = `http://${this.host}/v2/${repository}/manifests/${digest}`;
    const answer = await fetch(address, { method: "DELETE", headers: headers(login) });
    if (!answer.ok) throw new Error(`${repository}@${digest} could not be removed: ${answer.status}`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.server.stop();
    await rm(this.folder, { recursive: true, force: true });
  }
}

function headers(login: Login): Record<string, string> {
  const basic = login && Buffer.from(`${login.user}:${login.password}`).toString("base64");
  return basic === undefined ? {} : { authorization: `Basic ${basic}` };
}
