import { mkdtempSync, rmSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { build } from "esbuild";
import { temporaryFolder } from "../../lib/files";
import { testConfig, type TestConfigOptions } from "./plano-config";
import { StartedProcess } from "./process";

export { startCollector, type StartedCollector } from "./collector";
export { startRedis, type StartedRedis } from "./redis";

/** Stand-in processes for tests: real processes on ephemeral ports, ready when the promise resolves. */
export type StartedServer = StartedProcess<ListeningLine> & {
  /** `http://127.0.0.1:<port>`. */
  readonly url: string;
  readonly port: number;
};

export type StartedGateway = StartedServer & {
  readonly podName: string;
  /** `http://127.0.0.1:<port>/metrics`. */
  readonly metricsUrl: string;
};

export interface GatewayOptions extends Omit<TestConfigOptions, "ttlSeconds"> {
  /** A name from the table in `gateway/faults`. */
  readonly fault?: string;
  /** Default 600. */
  readonly ttlSeconds?: number;
  /** Default `plano-test`. */
  readonly podName?: string;
  /** The text of a `plano_config.yaml`, in place of the one that the options above describe. */
  readonly config?: string;
  /** Further variables, e.g. `STANDIN_RELEASE`. */
  readonly env?: Readonly<Record<string, string>>;
}

/**
 * Starts the LLM stub.
 *
 * @param env its settings, e.g. `STUB_LATENCY_MS`
 */
export async function startStub(env: Readonly<Record<string, string>> = {}): Promise<StartedServer> {
  return startBundle("stub", { STUB_PORT: "0", ...env });
}

/**
 * Starts a stand-in gateway.
 *
 * @throws Error with what it printed when it does not start
 */
export async function startGateway(options: GatewayOptions): Promise<StartedGateway> {
  const { redisUrl, ttlSeconds = 600, podName = "plano-test" } = options;
  // It is read once, at the start.
  await using folder = await temporaryFolder("standin-config-");
  const configFile = join(folder.path, "plano_config.yaml");
  const config = testConfig({ ...options, redisUrl: redisUrl && "$REDIS_URL", ttlSeconds });
  await writeFile(configFile, options.config ?? config);
  const started = await startBundle("gateway", {
    PLANO_CONFIG_FILE: configFile,
    STANDIN_PORT: "0",
    STANDIN_METRICS_PORT: "0",
    STANDIN_FAULT: options.fault ?? "none",
    POD_NAME: podName,
    ...(redisUrl === undefined ? {} : { REDIS_URL: redisUrl }),
    ...options.env,
  });
  return Object.assign(started, { podName, metricsUrl: `http://127.0.0.1:${started.ready.metricsPort}/metrics` });
}

/** The line that says that a server listens. */
interface ListeningLine {
  readonly event: "listening";
  readonly port: number;
  readonly metricsPort?: number;
}

let bundles: Promise<string> | undefined;

async function startBundle(name: "gateway" | "stub", env: NodeJS.ProcessEnv): Promise<StartedServer> {
  const started = await StartedProcess.start({
    name: `the stand-in ${name}`,
    command: process.execPath,
    args: [join(await (bundles ??= bundle()), `${name}.js`)],
    env: { PATH: process.env["PATH"], ...env },
    ready: (line) => {
      const entry = line.startsWith("{") ? (JSON.parse(line) as ListeningLine) : undefined;
      return entry?.event === "listening" ? entry : undefined;
    },
  });
  const { port } = started.ready;
  return Object.assign(started, { port, url: `http://127.0.0.1:${port}` });
}

/**
 * Makes the folder that holds `gateway.js` and `stub.js`, bundled once a test process as they are for the image:
 * a bundle starts several times faster than the sources do.
 */
async function bundle(): Promise<string> {
  const room = join(__dirname, "..");
  const folder = mkdtempSync(join(tmpdir(), "standin-"));
  process.once("exit", () => rmSync(folder, { recursive: true, force: true }));
  await build({
    entryPoints: { gateway: join(room, "gateway/main.ts"), stub: join(room, "stub/main.ts") },
    outdir: folder,
    bundle: true,
    platform: "node",
    target: "node20",
    logLevel: "error",
    // For whoever counts which lines of the sources are run.
    sourcemap: process.env.NODE_V8_COVERAGE === undefined ? false : "inline",
  });
  return folder;
}
