import { readdirSync, readFileSync, realpathSync } from "node:fs";
import { basename, dirname, extname, join } from "node:path";
import { gzipSync } from "node:zlib";
import { UsageError } from "../common/errors";

export interface Program {
  readonly entry: string;
  readonly files: { readonly [path: string]: string };
}

const code: readonly string[] = [".js", ".mjs", ".cjs"];

/** Raw bytes of one part; in base64 it is below the 256 KiB that `kubectl apply` can note on an object. */
const partBytes = 160 * 1024;

/** Most raw bytes of all parts together; more has no place in a cluster's configuration. */
const mostBytes = 1024 * 1024;

/**
 * Reads the bundle that is running, to be sent to the cluster.
 * @throws UsageError when the verifier runs from its sources, which need more than Node.js
 */
export function readProgram(started = process.argv[1] ?? ""): Program {
  const entry = realpathSync(started);
  const folder = dirname(entry);
  if (!code.includes(extname(entry))) {
    const reason = "the verifier runs from its sources, and only its bundle can be sent to a cluster";
    const remedy = "start it with npm run verify, or as the installed plano-affinity";
    throw new UsageError([{ path: "--in-cluster", reason, remedy }]);
  }
  const paths = readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((path) => code.includes(extname(path)))
    .sort();
  const files = Object.fromEntries(paths.map((path) => [path, readFileSync(join(folder, path), "utf8")]));
  return { entry: basename(entry), files };
}

/**
 * Pure: the program in parts that fit into a ConfigMap each; the loader puts them together.
 * @throws UsageError when it is too large, as long prompts can make it
 */
export function packProgram(program: Program): Buffer[] {
  const archive = gzipSync(JSON.stringify(program), { level: 9 });
  if (archive.length > mostBytes) {
    const reason = `program and prompts come to ${archive.length} bytes, packed, and a cluster's configuration has room for ${mostBytes}`;
    throw new UsageError([{ path: "--in-cluster", reason, remedy: "use fewer prompts" }]);
  }
  const count = Math.ceil(archive.length / partBytes);
  return Array.from({ length: count }, (_, i) => archive.subarray(i * partBytes, (i + 1) * partBytes));
}

export const loaderFile = "run.mjs";

/** Names of the archive's parts begin with this and sort in their order. */
export const partPrefix = "program.";

/** Set in the Job's environment, it makes the loader write the report between these lines: gzip, in base64. */
export const packedReport = {
  variable: "PLANO_AFFINITY_PACKED_REPORT",
  begin: "-----BEGIN REPORT-----",
  end: "-----END REPORT-----",
};

/**
 * The Job's first file, for Node.js 20: unpacks the parts beside it into a folder that can be written, and goes on there.
 * Where a mesh has put its proxy into the pod, it waits for that first, and ends it last: the Job would never end otherwise.
 */
export const loader = `// Unpacks the verifier from the files beside this one, and runs it with the same arguments.
import { once } from "node:events";
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath, pathToFileURL } from "node:url";
import { gunzipSync, gzipSync } from "node:zlib";

const here = dirname(fileURLToPath(import.meta.url));
const parts = readdirSync(here).filter((name) => name.startsWith("${partPrefix}")).sort();
const archive = Buffer.concat(parts.map((name) => readFileSync(join(here, name))));
const { entry, files } = JSON.parse(gunzipSync(archive).toString("utf8"));
const folder = join(tmpdir(), "plano-affinity");
for (const [name, text] of Object.entries(files)) {
  const path = join(folder, name);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
}
process.chdir(folder);

// Until a mesh's proxy runs, all connections are refused; without one the API server answers at once.
const { KUBERNETES_SERVICE_HOST: host, KUBERNETES_SERVICE_PORT: port } = process.env;
const limit = AbortSignal.timeout(30_000);
while (host !== undefined && !limit.aborted) {
  const socket = connect(port, host);
  const isReached = await once(socket, "connect", { signal: limit }).then(() => true, () => false);
  socket.destroy();
  if (isReached) break;
  await sleep(500);
}

// Where Istio's and Linkerd's proxies are told that they are not needed any more.
const proxies = ["15020/quitquitquit", "4191/shutdown"].map((it) => "http://127.0.0.1:" + it);
const { exit } = process;
const leave = async (code) => {
  const signal = AbortSignal.timeout(2_000);
  await Promise.allSettled(proxies.map((it) => fetch(it, { method: "POST", signal })));
  exit(code);
};
process.exit = (code = process.exitCode) => void leave(code);
process.once("beforeExit", () => process.exit());

// The log of a container has no order between its two streams: all goes into one, so that progress comes before the report.
const write = process.stdout.write.bind(process.stdout);
Object.defineProperty(process, "stderr", { value: Object.create(process.stdout, { write: { value: write } }) });
if (process.env.${packedReport.variable} !== undefined) {
  // Nodes keep 10 MiB of a log. A report of many sessions is larger, but packs well.
  const pieces = [];
  process.stdout.write = (piece, done) => {
    done?.();
    return pieces.push(Buffer.from(piece)) > 0;
  };
  process.exit = (code = process.exitCode) => {
    const lines = gzipSync(Buffer.concat(pieces)).toString("base64").match(/.{1,1000}/g);
    write(["${packedReport.begin}", ...lines, "${packedReport.end}", ""].join("\\n"), () => leave(code));
  };
}
process.argv[1] = join(folder, entry);
await import(pathToFileURL(process.argv[1]).href);
`;
