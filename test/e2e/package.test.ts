import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { cp, mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { run as must } from "../../lib/command";
import { temporaryFolder } from "../../lib/files";
import { twoGateways } from "../integration/verify/trial-gateways";
import { readersEnvironment } from "../readme-shell";

const project = resolve(__dirname, "..", "..");

interface Outcome {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** What `npm pack --json` says. */
interface Packed {
  readonly filename: string;
  readonly unpackedSize: number;
  readonly files: readonly { readonly path: string }[];
}

const environment = readersEnvironment();

function run(command: string, args: readonly string[], cwd: string, env: NodeJS.ProcessEnv = {}): Promise<Outcome> {
  return new Promise((done) => {
    execFile(command, [...args], { cwd, env: { ...environment, ...env } }, (error, stdout, stderr) =>
      done({ code: error === null ? 0 : Number(error.code), stdout, stderr }),
    );
  });
}

/** A user's script: its options and the report have the types that it says they have. */
const gate = `
import { defaultOptions, exitCode, UsageError, verify, type Report, type Verdict, type VerifyOptions } from "plano-affinity";
import schema from "plano-affinity/report.schema.json" with { type: "json" };

const [a = "", b = "", redisUrl] = process.argv.slice(2);
const replicas = [{ name: "a", url: a }, { name: "b", url: b }] as const;
const options: VerifyOptions = {
  ...defaultOptions,
  target: { kind: "replicas", replicas, redisUrl },
  checks: ["control", "pinning", ...(redisUrl === undefined ? ["traces"] : ["redis"])],
};
const phases = new Set<string>();
const report: Report = await verify(options, ({ phase }) => phases.add(phase));
const verdicts: Record<string, Verdict> = Object.fromEntries(report.checks.map(({ id, verdict }) => [id, verdict]));
const wrong: string[] = await verify({ ...options, sessions: 0 }).then(
  () => [],
  (error: unknown) => (error instanceof UsageError ? error.violations.map(({ path }) => path) : []),
);
console.log(JSON.stringify({ schema: schema.$id === report.schema, phases: phases.size > 0, verdicts, wrong }));
process.exitCode = exitCode(report);
`;

describe("the package", function () {
  this.timeout(180_000);
  let scratch: Awaited<ReturnType<typeof temporaryFolder>>;
  let folder: string;
  let user: string;
  let packed: Packed;
  let installed: string;
  const started = twoGateways();
  const command = (args: readonly string[], env?: NodeJS.ProcessEnv): Promise<Outcome> =>
    run(join(user, "node_modules", ".bin", "plano-affinity"), args, user, env);

  before(async () => {
    scratch = await temporaryFolder("plano-affinity-package-");
    folder = scratch.path;
    user = join(folder, "user");
    const pack = ["pack", "-w", "plano-affinity", "--json", "--pack-destination", folder];
    [packed] = JSON.parse(await must("npm", pack, { cwd: project, env: environment })) as [Packed];
    await mkdir(user);
    const install = ["install", "--offline", "--no-save", join(folder, packed.filename)];
    await must("npm", install, { cwd: user, env: environment });
    installed = join(user, "node_modules", "plano-affinity");
  });
  after(() => scratch?.[Symbol.asyncDispose]());

  it("holds the command, the module and its types, their licences, the schemas and the README, and nothing else", () => {
    const paths = packed.files.map(({ path }) => path);
    const chunks = paths.filter((path) => /^dist\/chunks\/[\w-]+\.mjs$/.test(path));
    assert.ok(chunks.length > 0);
    const built = ["THIRD-PARTY-LICENCES.txt", "index.d.mts", "index.mjs", "plano-affinity.mjs"].map((name) => `dist/${name}`);
    const rest = paths.filter((path) => !chunks.includes(path)).sort();
    assert.deepEqual(
      rest,
      ["LICENSE", "README.md", ...built, "contracts/schema.json", "package.json", "report/schema.json"].sort(),
    );
    assert.ok(packed.unpackedSize < 3_000_000, `${packed.unpackedSize} bytes`);
  });

  it("is ready for a registry, as that of the components is: npm corrects nothing, and proves where it was built", async () => {
    for (const where of [["-w", "plano-affinity"], []]) {
      const dry = ["publish", "--dry-run", "--ignore-scripts", "--registry=http://127.0.0.1:1/", "--fetch-retries=0", ...where];
      const { code, stderr } = await run("npm", dry, project);
      assert.equal(code, 0, stderr);
      assert.doesNotMatch(stderr, /auto-corrected|No bin file/);
      assert.match(stderr, /public access/);
      const manifest = await readFile(join(project, where[0] === undefined ? "" : "verify", "package.json"), "utf8");
      const { license, publishConfig } = JSON.parse(manifest) as Record<string, unknown>;
      assert.deepEqual([license, publishConfig], ["Apache-2.0", { access: "public", provenance: true }]);
    }
  });

  it("brings no other package with it, and no path of the machine that made it", async () => {
    const packages = await readdir(join(user, "node_modules"));
    assert.deepEqual(
      packages.filter((name) => !name.startsWith(".")),
      ["plano-affinity"],
    );
    for (const { path } of packed.files) {
      assert.ok(!(await readFile(join(installed, path), "utf8")).includes(project), `${path} names ${project}`);
    }
  });

  it("names the licence of each package that is compiled into it", async () => {
    const licences = await readFile(join(installed, "dist", "THIRD-PARTY-LICENCES.txt"), "utf8");
    for (const name of ["commander", "cli-table3", "emoji-regex", "ioredis", "@kubernetes/client-node"]) {
      assert.match(licences, new RegExp(`^${name} [\\d.]+\\nLicence: (MIT|Apache-2\\.0)\\n\\n.{20}`, "ms"));
    }
  });

  it("knows its version and its options, and exits with 3 for bad usage", async () => {
    const { version } = JSON.parse(await readFile(join(project, "verify", "package.json"), "utf8")) as { version: string };
    assert.deepEqual(await command(["--version"]), { code: 0, stdout: `${version}\n`, stderr: "" });
    assert.match((await command(["--help"])).stdout, /^Usage: plano-affinity verify \[options\]\n/);
    const { code, stdout, stderr } = await command(["verify", "--sessions", "0"]);
    assert.deepEqual([code, stdout], [3, ""]);
    assert.match(stderr, /^--sessions: 0 is not a whole number .*\n$/);
  });

  it("verifies two replicas with their Redis", async () => {
    const { code, stdout, stderr } = await command(
      ["verify", "--replica", `a=${started.a.url}`, "--replica", `b=${started.b.url}`, "--report", "json=report.json"],
      { PLANO_AFFINITY_REDIS_URL: started.redis.url },
    );
    assert.equal(code, 0, stdout + stderr);
    assert.match(stdout, /│ redis\s+│ pass\s+│ 4 of 4 pins: /);
    assert.match(stdout, /Affinity: pass\n$/);
    const report = JSON.parse(await readFile(join(user, "report.json"), "utf8")) as { verdict: string };
    assert.equal(report.verdict, "pass");
  });

  it("is a module that a strict TypeScript program calls, and that other files of it cannot be reached by", async () => {
    await writeFile(join(user, "gate.mts"), gate);
    const bad = `import { verify } from "plano-affinity";\nvoid verify({ sessions: "4" });\nexport * from "plano-affinity/dist/index.mjs";\n`;
    await writeFile(join(user, "bad.mts"), bad);
    const compile = (...args: string[]): Promise<Outcome> => {
      const types = ["--typeRoots", join(project, "node_modules", "@types"), "--types", "node"];
      const mode = ["--strict", "--module", "nodenext", "--target", "es2022"];
      const tsc = join(project, "node_modules", "typescript", "bin", "tsc");
      return run(process.execPath, [tsc, ...mode, ...types, ...args], user);
    };
    const good = await compile("gate.mts");
    assert.equal(good.code, 0, good.stdout);
    const refused = (await compile("--noEmit", "--skipLibCheck", "bad.mts")).stdout;
    assert.match(refused, /bad\.mts\(2,\d+\): error TS\d+: .*string/);
    assert.match(refused, /bad\.mts\(3,\d+\): error TS2307: /);

    const told = async (...args: string[]): Promise<unknown> => {
      const { code, stdout, stderr } = await run(process.execPath, ["gate.mjs", started.a.url, started.b.url, ...args], user);
      assert.equal(stderr, "");
      return { code, ...(JSON.parse(stdout) as object) };
    };
    const always = { schema: true, phases: true, wrong: ["--sessions"] };
    const pass = { control: "pass", pinning: "pass", redis: "pass" };
    assert.deepEqual(await told(started.redis.url), { code: 0, ...always, verdicts: pass });
    const unknown = { control: "pass", pinning: "pass", traces: "unknown" };
    assert.deepEqual(await told(), { code: 2, ...always, verdicts: unknown });
  });

  it("asks an API server, and exits with 2 where there is none", async () => {
    const kubeconfig = join(project, "test", "stacks", "no-cluster.yaml");
    const { code, stdout, stderr } = await command(["verify", "--quiet"], { KUBECONFIG: kubeconfig });
    assert.equal(code, 2, stderr);
    assert.match(
      stdout,
      /Affinity: unknown – cannot list pods in namespace plano-demo at the API server https:\/\/127\.0\.0\.1:1: connection refused/,
    );
  });

  it("loads the clients of Kubernetes and Redis only when they are needed", async () => {
    const copy = join(folder, "without-clients");
    await cp(installed, copy, { recursive: true });
    const clients = (await readdir(join(copy, "dist", "chunks"))).filter((name) => /^(client-node|ioredis)-/.test(name));
    assert.equal(clients.length, 2);
    for (const name of clients) await rm(join(copy, "dist", "chunks", name));
    const program = join(copy, "dist", "plano-affinity.mjs");
    const replicas = ["--replica", "a=http://127.0.0.1:1", "--replica", "b=http://127.0.0.1:2"];
    assert.equal((await run(process.execPath, [program, "--help"], copy)).code, 0);
    assert.equal((await run(process.execPath, [program, ...replicas], copy)).code, 2);
    // To be sure that it is these that were taken away.
    const missing = await run(process.execPath, [program, ...replicas, "--redis-url", "redis://127.0.0.1:1"], copy);
    assert.match(missing.stderr, /Cannot find module .*ioredis-/);
  });
});
