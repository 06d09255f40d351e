/** Name of the file that the Job's container starts. */
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
 * The first file that the Job runs, as JavaScript for Node.js 20: it unpacks the verifier from the parts beside it into a
 * folder of its own, for the file system of the image is read-only, and goes on with it.
 */
export const loader = `// Unpacks the verifier from the files beside this one, and runs it with the same arguments.
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
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

// The log of a container has no order between its two streams: all goes into one, so that progress comes before the report.
const write = process.stdout.write.bind(process.stdout);
Object.defineProperty(process, "stderr", { value: Object.create(process.stdout, { write: { value: write } }) });
if (process.env.${packedReport.variable} !== undefined) {
  // Nodes keep 10 MiB of a log. A report of many sessions is larger, but packs well.
  const pieces = [];
  process.stdout.write = (piece) => pieces.push(Buffer.from(piece)) > 0;
  process.once("beforeExit", () => {
    const lines = gzipSync(Buffer.concat(pieces)).toString("base64").match(/.{1,1000}/g);
    write(["${packedReport.begin}", ...lines, "${packedReport.end}", ""].join("\\n"));
  });
}
process.argv[1] = join(folder, entry);
await import(pathToFileURL(process.argv[1]).href);
`;
