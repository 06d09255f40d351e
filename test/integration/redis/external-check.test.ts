import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { readFile, writeFile } from "node:fs/promises";
import { connect, type Socket } from "node:net";
import { join } from "node:path";
import { type Findings, findingsProblem } from "../../../components/external-redis/findings";
import { run } from "../../../lib/command";
import { selfSigned } from "../../../lib/testing/certificates";
import { temporaryFolder } from "../../../lib/files";
import type { StartedProcess } from "../../../standin/testing/process";
import { freePort, redisServer } from "../../../standin/testing/redis";
import { skipBecause } from "../../../lib/testing/skip";
import { documentedAccount } from "./documented-account";
import { flooding } from "../verify/bad-input";
import { startSocketServer } from "../verify/fake-socket-server";

const folder = join(__dirname, "..", "..", "..", "components", "external-redis");
const interpreters = { "check.cjs": ["node", "-e"], "check.py": ["python3", "-c"] } as const;
const scripts = ["check.cjs", "check.py"] as const;

/** Accounts with all rights but one. */
const account = (rules: string): readonly string[] => [`user default on nopass ${rules}`];

const withTls = (port = 0): readonly string[] => [
  ...["port 0", `tls-port ${port}`, "requirepass geheim", "tls-cert-file ca.pem", "tls-key-file key.pem"],
];

/** Real redis-servers, each with lines of configuration of its own, by the port that it has. */
const servers: Readonly<Record<string, (port: Readonly<Record<string, number>>) => readonly string[]>> = {
  open: () => ["maxmemory-policy allkeys-lru"],
  idle: () => ["timeout 300"],
  locked: () => ["requirepass p@ss:word"],
  replica: (port) => [`replicaof 127.0.0.1 ${port["open"]}`],
  cluster: (port) => ["cluster-enabled yes", `cluster-config-file ${port["cluster"]}.conf`, `cluster-port ${port["bus"]}`],
  full: () => ["maxmemory 1", "maxmemory-policy noeviction"],
  reader: () => account("~* +@read +@connection"),
  writer: () => account("~* +@all -setex"),
  clockless: () => account("~* +@all -time"),
  lockless: () => account("~plano:affinity:* +@all"),
  least: () => account(documentedAccount()),
  crowded: () => ["maxclients 1"],
  tls: (port) => [...withTls(port["tls"]), "tls-auth-clients no"],
  mutual: (port) => [...withTls(port["mutual"]), "tls-ca-cert-file ca.pem"],
};

describe("the check of an external Redis", function () {
  this.timeout(300_000);
  let scratch: Awaited<ReturnType<typeof temporaryFolder>>;
  const started: StartedProcess<true>[] = [];
  let crowd: Socket;
  let endless: Awaited<ReturnType<typeof startSocketServer>>;
  const port: Record<string, number> = {};

  /** @param url with names of servers in place of their addresses: `redis://<open>` */
  async function check(script: (typeof scripts)[number], url: string, env: NodeJS.ProcessEnv = {}) {
    const file = join(scratch.path, `findings-${randomUUID()}`);
    await writeFile(file, "");
    const [interpreter, flag] = interpreters[script];
    const REDIS_URL = url.replace(/<(\w+)>/, (_, name: string) => `127.0.0.1:${port[name]}`);
    const child = spawn(interpreter, [flag, await readFile(join(folder, script), "utf8")], {
      env: { ...process.env, ...env, REDIS_URL, FINDINGS: file },
      stdio: ["ignore", "inherit", "inherit"],
    });
    const [code] = (await once(child, "close")) as [number | null];
    return { code, findings: JSON.parse(await readFile(file, "utf8")) as Findings };
  }

  const trust = () => ({ NODE_EXTRA_CA_CERTS: join(scratch.path, "ca.pem"), SSL_CERT_FILE: join(scratch.path, "ca.pem") });

  const fit: readonly (readonly [string, url: string, policy: string | null, idleSeconds?: number])[] = [
    ["that takes a pin, and tells its policy", "redis://<open>/3", "allkeys-lru"],
    ["that closes idle connections, and says when", "redis://<idle>", "noeviction", 300],
    ["whose password is written with %XX", "redis://default:p%40ss%3Aword@<locked>", "noeviction"],
    ["with TLS whose authority is trusted", "rediss://:geheim@<tls>", "noeviction"],
    ["whose account may what docs/redis.md says that it must", "redis://<least>/0", null],
  ];
  const forbidden = (what: string, remedy: string): RegExp =>
    new RegExp(`does not allow this user what Plano and the proof need \\(${what}: NOPERM .*\\n.*${remedy}`);
  const problems: readonly (readonly [string, url: string, says: RegExp])[] = [
    ["an authority that is not public", "rediss://:geheim@<tls>", /TLS certificate that is not trusted/],
    [
      "TLS where there is none",
      "rediss://<open>",
      /ended the connection.*\n.*else redis:\/\/|cannot be reached from the cluster \(.*timed out/,
    ],
    ["no TLS where it is wanted", "redis://:geheim@<tls>", /write rediss:\/\/ if it wants TLS/],
    ["a wrong password", "redis://:falsch@<locked>", /refuses the user or password/],
    ["no password", "redis://<locked>", /or wants one \(\S+: NOAUTH/],
    ["a password that nobody wants", "redis://:x@<open>", /refuses the user or password/],
    ["a replica", "redis://<replica>", /takes no writes \(SET: READONLY .*\n.*address of its primary/],
    ["a cluster's node", "redis://<cluster>", /Plano has no client for either \(SET: CLUSTERDOWN .*\n.*one stable endpoint/],
    ["a full Redis", "redis://<full>", /takes no writes \(SET: OOM .*\n.*enough .*memory/],
    ["a user that may only read", "redis://<reader>", /does not allow this user/],
    ["a user that may not write as Plano does", "redis://<writer>", forbidden("SETEX", "SETEX")],
    ["a user that may not look as the proof does", "redis://<clockless>", forbidden("TIME", "PTTL.* and TIME")],
    ["a user that may not take the lock of restarts", "redis://<lockless>", forbidden("SET", "SET of plano-affinity:restart")],
    ["a database that is not there", "redis://<open>/99", /no database of that number/],
    [
      "a name that is not known",
      "redis://redis.invalid",
      /cannot be reached from the cluster \((.*ENOTFOUND|.*EAI_|.*not known|.*No address)/,
    ],
    [
      "too many clients",
      "redis://<crowded>",
      /lets in no more clients, or none but its own machine \(SET: ERR max number of clients reached\)/,
    ],
    [
      "no client certificate",
      "rediss://:geheim@<mutual>",
      /wants a client certificate, which Plano has not \(.*\n.*tls-auth-clients no/,
    ],
    ["a value without an end", "redis://<endless>", /cannot be used \(\w+: answered more than 64 KiB\)/],
    ["a port where nobody listens", "redis://127.0.0.1:9", /cannot be reached from the cluster \(.*refused/i],
  ];

  // All at once: some take as long as a check waits for an answer.
  const checks = new Map<string, ReturnType<typeof check>>();
  before(async () => {
    scratch = await temporaryFolder("plano-affinity-redis-");
    const { key, cert } = await selfSigned();
    await Promise.all([writeFile(join(scratch.path, "key.pem"), key), writeFile(join(scratch.path, "ca.pem"), cert)]);
    // The cluster's second port is 10,000 above its first otherwise, where the kernel puts other programs' connections.
    for (const name of [...Object.keys(servers), "bus"]) port[name] = await freePort();
    const starting = Object.entries(servers).map(async ([name, lines]) =>
      started.push(await redisServer([`dir "${scratch.path}"`, `port ${port[name]}`, ...lines(port)])),
    );
    // All of them, for those that did start are to be stopped when one does not.
    for (const it of await Promise.allSettled(starting)) if (it.status === "rejected") throw it.reason;
    // The check would be the second.
    crowd = connect(port["crowded"] ?? 0, "127.0.0.1");
    await once(crowd, "connect");
    endless = await startSocketServer(flooding("$2147483648\r\n"));
    port["endless"] = endless.port;
    const begin = (isEndless: boolean): Promise<unknown> => {
      for (const script of scripts)
        for (const [name, url] of problems.filter((it) => it[1].includes("<endless>") === isEndless))
          checks.set(`${script} ${name}`, check(script, url, url.includes("<mutual>") ? trust() : {}));
      return Promise.allSettled(checks.values());
    };
    await begin(false);
    // The flood comes from this process, which was busy until now.
    await begin(true);
  });
  after(async () => {
    crowd?.destroy();
    await endless?.[Symbol.asyncDispose]();
    await Promise.all(started.map((it) => it.stop()));
    await scratch?.[Symbol.asyncDispose]();
  });

  for (const script of scripts)
    describe(script, () => {
      before(async function () {
        const [interpreter] = interpreters[script];
        await run(interpreter, ["--version"]).catch(() => skipBecause(this, `${interpreter} is not on this machine`));
      });

      for (const [name, url, policy, idleSeconds = null] of fit)
        it(`finds a Redis fit ${name}`, async () => {
          assert.deepEqual(await check(script, url, trust()), { code: 0, findings: { policy, idleSeconds } });
        });

      for (const [name, , says] of problems)
        it(`says in two lines what is wrong with ${name}`, async () => {
          const { code, findings } = (await checks.get(`${script} ${name}`)) ?? assert.fail();
          const problem = findingsProblem(findings, "HOST") ?? "";
          assert.deepEqual([code, problem.split("\n").length], [1, 2], JSON.stringify(findings));
          assert.match(problem, says);
          assert.match(problem, /^redisUrl: the Redis at HOST .*\n {2}→ .*pulumi config set --secret redisUrl/);
          assert.doesNotMatch(JSON.stringify(findings), /geheim|falsch/);
        });
    });
});
