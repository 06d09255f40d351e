import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Findings, findingsProblem } from "../../../components/external-redis/findings";
import { run } from "../../../lib/command";
import { StartedProcess } from "../../../standin/testing/process";
import { freePort } from "../../../standin/testing/redis";
import { skipBecause } from "../../../lib/testing/skip";

const folder = join(__dirname, "..", "..", "..", "components", "external-redis");
const interpreters = { "check.cjs": "node", "check.py": "python3" } as const;

/** A real redis-server with lines of configuration of its own. */
async function redis(port: number, lines: readonly string[]): Promise<StartedProcess<true>> {
  const config = ["bind 127.0.0.1", 'save ""', "appendonly no", `dir "${scratch}"`, `port ${port}`, ...lines];
  return StartedProcess.start({
    name: "redis-server",
    command: "redis-server",
    args: ["-"],
    stdin: `${config.join("\n")}\n`,
    ready: (line) => line.includes("Ready to accept connections") || undefined,
  });
}

let scratch = "";

for (const [script, interpreter] of Object.entries(interpreters)) {
  describe(`the check of an external Redis (${script})`, function () {
    this.timeout(60_000);
    const servers: StartedProcess<true>[] = [];
    const port: Record<string, number> = {};

    before(async function () {
      await run(interpreter, ["--version"]).catch(() => skipBecause(this, `${interpreter} is not on this machine`));
      await run("openssl", ["version"]).catch(() => skipBecause(this, "openssl is not on this machine"));
      scratch = await mkdtemp(join(tmpdir(), "plano-affinity-redis-"));
      const subject = ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"];
      const files = ["-keyout", join(scratch, "key.pem"), "-out", join(scratch, "ca.pem")];
      await run("openssl", ["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1", ...subject, ...files]);
      const keys = [`tls-cert-file ${scratch}/ca.pem`, `tls-key-file ${scratch}/key.pem`, "tls-auth-clients no"];
      for (const name of [
        "open",
        "locked",
        "tls",
        "replica",
        "cluster",
        "full",
        "reader",
        "writer",
        "clockless",
        "lockless",
        "least",
      ])
        port[name] = await freePort();
      const start = async (name: string, ...lines: string[]): Promise<void> =>
        void servers.push(await redis(port[name] ?? 0, lines));
      await start("open", "maxmemory-policy allkeys-lru");
      await start("locked", "requirepass p@ss:word");
      await start("replica", `replicaof 127.0.0.1 ${port["open"]}`);
      await start("cluster", "cluster-enabled yes", `cluster-config-file ${port["cluster"]}.conf`);
      await start("full", "maxmemory 1", "maxmemory-policy noeviction");
      await start("reader", "user default on nopass ~* +@read +@connection");
      await start("writer", "user default on nopass ~* +@all -setex");
      await start("clockless", "user default on nopass ~* +@all -time");
      await start("lockless", "user default on nopass ~plano:affinity:* +@all");
      await start(
        "least",
        "user default on nopass ~plano:affinity:* ~plano-affinity:restart +get +set +setex +expire +pttl +del +time",
      );
      servers.push(await redis(0, [`tls-port ${port["tls"]}`, "requirepass geheim", ...keys]));
    });

    after(async () => {
      await Promise.all(servers.map((it) => it.stop("SIGKILL")));
      if (scratch !== "") await rm(scratch, { recursive: true, force: true });
    });

    async function check(url: string, env: NodeJS.ProcessEnv = {}): Promise<{ code: number | null; findings: Findings }> {
      const file = join(scratch, `findings-${script}`);
      await writeFile(file, "");
      const flag = interpreter === "node" ? "-e" : "-c";
      const child = spawn(interpreter, [flag, await readFile(join(folder, script), "utf8")], {
        env: { ...process.env, ...env, REDIS_URL: url, FINDINGS: file },
        stdio: ["ignore", "inherit", "inherit"],
      });
      const code = await new Promise<number | null>((resolve) => child.once("close", resolve));
      return { code, findings: JSON.parse(await readFile(file, "utf8")) as Findings };
    }

    it("finds a Redis fit that takes a pin, and tells its policy", async () => {
      assert.deepEqual(await check(`redis://127.0.0.1:${port["open"]}/3`), { code: 0, findings: { policy: "allkeys-lru" } });
    });

    it("logs in with a password that is written with %XX", async () => {
      const { code, findings } = await check(`redis://default:p%40ss%3Aword@127.0.0.1:${port["locked"]}`);
      assert.deepEqual([code, findings], [0, { policy: "noeviction" }]);
    });

    it("speaks TLS with a Redis whose authority is trusted", async () => {
      const trust = { NODE_EXTRA_CA_CERTS: join(scratch, "ca.pem"), SSL_CERT_FILE: join(scratch, "ca.pem") };
      const { code, findings } = await check(`rediss://:geheim@localhost:${port["tls"]}`, trust);
      assert.deepEqual([code, findings], [0, { policy: "noeviction" }]);
    });

    it("asks for nothing but what docs/redis.md says that an account needs", async () => {
      assert.deepEqual(await check(`redis://127.0.0.1:${port["least"]}`), { code: 0, findings: { policy: null } });
    });

    const problems: readonly (readonly [string, () => string, RegExp])[] = [
      [
        "an authority that is not public",
        () => `rediss://:geheim@localhost:${port["tls"]}`,
        /TLS certificate that is not trusted/,
      ],
      [
        "TLS where there is none",
        () => `rediss://localhost:${port["open"]}`,
        /(does not speak TLS|ended the connection|does not answer)/,
      ],
      ["no TLS where it is wanted", () => `redis://:geheim@localhost:${port["tls"]}`, /write rediss:\/\/ if it wants TLS/],
      ["a wrong password", () => `redis://:falsch@127.0.0.1:${port["locked"]}`, /refuses the user or password/],
      ["no password", () => `redis://127.0.0.1:${port["locked"]}`, /wants a password, and the URL has none/],
      ["a password that nobody wants", () => `redis://:x@127.0.0.1:${port["open"]}`, /refuses the user or password/],
      ["a replica", () => `redis://127.0.0.1:${port["replica"]}`, /read-only replica.*\n.*address of its primary/],
      ["a cluster's node", () => `redis://127.0.0.1:${port["cluster"]}`, /Plano has no Cluster client.*\n.*one stable endpoint/],
      ["a full Redis", () => `redis://127.0.0.1:${port["full"]}`, /is full and takes no writes/],
      ["a user that may only read", () => `redis://127.0.0.1:${port["reader"]}`, /does not allow this user/],
      [
        "a user that may not write as Plano does",
        () => `redis://127.0.0.1:${port["writer"]}`,
        /does not allow this user what Plano and the proof need \(SETEX: NOPERM .*\n.*SETEX/,
      ],
      [
        "a user that may not look as the proof does",
        () => `redis://127.0.0.1:${port["clockless"]}`,
        /does not allow this user what Plano and the proof need \(TIME: NOPERM .*\n.*PTTL.* and TIME/,
      ],
      [
        "a user that may not take the lock of restarts",
        () => `redis://127.0.0.1:${port["lockless"]}`,
        /does not allow this user what Plano and the proof need \(SET: NOPERM .*\n.*SET of plano-affinity:restart/,
      ],
      ["a database that is not there", () => `redis://127.0.0.1:${port["open"]}/99`, /no database of that number/],
      ["a name that is not known", () => "redis://redis.invalid", /a name that the cluster does not know/],
      ["a port where nobody listens", () => "redis://127.0.0.1:9", /refuses connections from the cluster/],
    ];
    for (const [name, url, says] of problems)
      it(`says in two lines what is wrong with ${name}`, async () => {
        const { code, findings } = await check(url());
        const problem = findingsProblem(findings, "HOST") ?? "";
        assert.deepEqual([code, problem.split("\n").length], [1, 2], JSON.stringify(findings));
        assert.match(problem, says);
        assert.match(problem, /^redisUrl: the Redis at HOST .*\n {2}→ .*pulumi config set --secret redisUrl/);
        assert.doesNotMatch(JSON.stringify(findings), /geheim|falsch/);
      });
  });
}
