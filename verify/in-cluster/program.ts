import { readdirSync, readFileSync, realpathSync } from "node:fs";
import { basename, dirname, extname, join } from "node:path";
import { gzipSync } from "node:zlib";
import { UsageError } from "../common/errors";

/** The verifier as files that run by themselves. */
export interface Program {
  /** Path of the file to start, among `files`. */
  readonly entry: string;
  /** Text of each file by its path. */
  readonly files: { readonly [path: string]: string };
}

/** Files of a bundle that are code. */
const code: readonly string[] = [".js", ".mjs", ".cjs"];

/** Raw bytes of one part; in base64 it is below the 256 KiB that `kubectl apply` can note on an object. */
const partBytes = 160 * 1024;

/** Most raw bytes of all parts together; more has no place in a cluster's configuration. */
const mostBytes = 1024 * 1024;

/**
 * Reads the bundle that is running, to be sent to the cluster.
 * @param started the file that Node.js was started with
 * @throws UsageError when the verifier runs from its sources, which need more than Node.js
 */
export function readProgram(started = process.argv[1] ?? ""): Program {
  const entry = realpathSync(started);
  const folder = dirname(entry);
  if (!code.includes(extname(entry))) {
    throw new UsageError([
      {
        path: "--in-cluster",
        reason: "the verifier runs from its sources, and only its bundle can be sent to a cluster",
        remedy: "start it with npm run verify, or as the installed plano-affinity",
      },
    ]);
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
    throw new UsageError([
      {
        path: "--in-cluster",
        reason: `program and prompts come to ${archive.length} bytes, packed, and a cluster's configuration has room for ${mostBytes}`,
        remedy: "use fewer prompts",
      },
    ]);
  }
  const count = Math.ceil(archive.length / partBytes);
  return Array.from({ length: count }, (_, i) => archive.subarray(i * partBytes, (i + 1) * partBytes));
}
