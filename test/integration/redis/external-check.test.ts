import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Findings, findingsProblem } from "../../../components/external-redis/findings";
import { run } from "../../../lib/command";
import type { StartedProcess } from "../../../standin/testing/process";
import { freePort, redisServer } from "../../../standin/testing/redis";
import { skipBecause } from "../../../lib/testing/skip";

const folder = join(__dirname, "..", "..", "..", "components", "external-redis");
const interpreters = { "check.cjs": "node", "check.py": "python3" } as const;

let scratch = "";

/** Accounts with all rights but one, or with no others than docs/redis.md says are needed. */
const account = (rules: string): readonly string[] => [`user default on nopass ${rules}`];
const least = "~plano:affinity:* ~plano-affinity:restart +get +set +setex +expire +pttl +del +time";

/** Real redis-servers, each with lines of configuration of its own, by the port that it has. */
const servers: Readonly<Record<string, (port: Readonly<Record<string, number>>) => readonly string[]>> = {
  open: () => ["maxmemory-policy allkeys-lru"],
  locked: () => ["requirepass p@ss:word"],
  replica: (port) => [`replicaof 127.0.0.1 ${port["open"]}`],
  cluster: (port) => ["cluster-enabled yes", `cluster-config-file ${port["cluster"]}.conf`],
  full: () => ["maxmemory 1", "maxmemory-policy noeviction"],
  reader: () => account("~* +@read +@connection"),
  writer: () => account("~* +@all -setex"),
  clockless: () => account("~* +@all -time"),
  lockless: () => account("~plano:affinity:* +@all"),
  least: () => account(least),
  tls: (port) => [
    ...["port 0", `tls-port ${port["tls"]}`, "requirepass geheim"],
    ...[`tls-cert-file ${scratch}/ca.pem`, `tls-key-file ${scratch}/key.pem`, "tls-auth-clients no"],
  ],
};

for (const [script, interpreter] of Object.entries(interpreters)) {
  describe(`the check of an external Redis (${script})`, function () {
    this.timeout(60_000);
    const started: StartedProcess<true>[] = [];
    const port: Record<string, number> = {};

    before(async function () {
      await run(interpreter, ["--version"]).catch(() => skipBecause(this, `${interpreter} is not on this machine`));
      await run("openssl", ["version"]).catch(() => skipBecause(this, "openssl is not on this machine"));
      scratch = await mkdtemp(join(tmpdir(), "plano-affinity-redis-"));
      const subject = ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"];
      const files = ["-keyout", join(scratch, "key.pem"), "-out", join(scratch, "ca.pem")];
      await run("openssl", ["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1", ...subject, ...files]);
      for (const name of Object.keys(servers)) port[name] = await freePort();
      for (const [name, lines] of Object.entries(servers))
        started.push(await redisServer([`dir "${scratch}"`, `port ${port[name]}`, ...lines(port)]));
    });

    after(async () => {
      await Promise.all(started.map((it) => it.stop("SIGKILL")));
      if (scratch !== "") await rm(scratch, { recursive: true, force: true });
    });

    /** @param url with names of servers in place of their ports: `redis://127.0.0.1:<open>` */
    async function check(url: string, env: NodeJS.ProcessEnv = {}): Promise<{ code: number | null; findings: Findings }> {
      const file = join(scratch, `findings-${randomUUID()}`);
      await writeFile(file, "");
      const flag = interpreter === "node" ? "-e" : "-c";
      const child = spawn(interpreter, [flag, await readFile(join(folder, script), "utf8")], {
        env: {
          ...process.env,
          ...env,
          REDIS_URL: url.replace(/<(\w+)>/, (_, name: string) => String(port[name])),
          FINDINGS: file,
        },
        stdio: ["ignore", "inherit", "inherit"],
      });
      const code = await new Promise<number | null>((resolve) => child.once("close", resolve));
      return { code, findings: JSON.parse(await readFile(file, "utf8")) as Findings };
    }

    const fit: readonly (readonly [string, url: string, policy: string | null])[] = [
      ["that takes a pin, and tells its policy", "redis://127.0.0.1:<open>/3", "allkeys-lru"],
      ["whose password is written with %XX", "redis://default:p%40ss%3Aword@127.0.0.1:<locked>", "noeviction"],
      ["with TLS whose authority is trusted", "rediss://:geheim@localhost:<tls>", "noeviction"],
      ["whose account may what docs/redis.md says that it must", "redis://127.0.0.1:<least>", null],
    ];
    for (const [name, url, policy] of fit)
      it(`finds a Redis fit ${name}`, async () => {
        const trust = { NODE_EXTRA_CA_CERTS: join(scratch, "ca.pem"), SSL_CERT_FILE: join(scratch, "ca.pem") };
        assert.deepEqual(await check(url, trust), { code: 0, findings: { policy } });
      });

    const problems: readonly (readonly [string, url: string, says: RegExp])[] = [
      ["an authority that is not public", "rediss://:geheim@localhost:<tls>", /TLS certificate that is not trusted/],
      [
        "TLS where there is none",
        "rediss://localhost:<open>",
        /ended the connection.*\n.*else redis:\/\/|cannot be reached from the cluster \(.*timed out/,
      ],
      ["no TLS where it is wanted", "redis://:geheim@localhost:<tls>", /write rediss:\/\/ if it wants TLS/],
      ["a wrong password", "redis://:falsch@127.0.0.1:<locked>", /refuses the user or password/],
      ["no password", "redis://127.0.0.1:<locked>", /or wants one \(\S+: NOAUTH/],
      ["a password that nobody wants", "redis://:x@127.0.0.1:<open>", /refuses the user or password/],
      ["a replica", "redis://127.0.0.1:<replica>", /takes no writes \(SET: READONLY .*\n.*address of its primary/],
      [
        "a cluster's node",
        "redis://127.0.0.1:<cluster>",
        /Plano has no client for either \(SET: CLUSTERDOWN .*\n.*one stable endpoint/,
      ],
      ["a full Redis", "redis://127.0.0.1:<full>", /takes no writes \(SET: OOM .*\n.*enough .*memory/],
      ["a user that may only read", "redis://127.0.0.1:<reader>", /does not allow this user/],
      [
        "a user that may not write as Plano does",
        "redis://127.0.0.1:<writer>",
        /does not allow this user what Plano and the proof need \(SETEX: NOPERM .*\n.*SETEX/,
      ],
      [
        "a user that may not look as the proof does",
        "redis://127.0.0.1:<clockless>",
        /does not allow this user what Plano and the proof need \(TIME: NOPERM .*\n.*PTTL.* and TIME/,
      ],
      [
        "a user that may not take the lock of restarts",
        "redis://127.0.0.1:<lockless>",
        /does not allow this user what Plano and the proof need \(SET: NOPERM .*\n.*SET of plano-affinity:restart/,
      ],
      ["a database that is not there", "redis://127.0.0.1:<open>/99", /no database of that number/],
      [
        "a name that is not known",
        "redis://redis.invalid",
        /cannot be reached from the cluster \((.*ENOTFOUND|.*EAI_|.*not known|.*No address)/,
      ],
      ["a port where nobody listens", "redis://127.0.0.1:9", /cannot be reached from the cluster \(.*refused/i],
    ];
    // All at once: some take as long as a check waits for an answer.
    let checks: ReadonlyMap<string, ReturnType<typeof check>>;
    before(async () => {
      checks = new Map(problems.map(([name, url]) => [name, check(url)]));
      await Promise.allSettled(checks.values());
    });

    for (const [name, , says] of problems)
      it(`says in two lines what is wrong with ${name}`, async () => {
        const { code, findings } = (await checks.get(name)) ?? assert.fail(name);
        const problem = findingsProblem(findings, "HOST") ?? "";
        assert.deepEqual([code, problem.split("\n").length], [1, 2], JSON.stringify(findings));
        assert.match(problem, says);
        assert.match(problem, /^redisUrl: the Redis at HOST .*\n {2}→ .*pulumi config set --secret redisUrl/);
        assert.doesNotMatch(JSON.stringify(findings), /geheim|falsch/);
      });
  });
}
