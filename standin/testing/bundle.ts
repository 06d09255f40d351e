import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { build } from "esbuild";

const room = join(__dirname, "..");
let bundles: Promise<string> | undefined;

/**
 * The folder that holds `gateway.js` and `stub.js`, bundled once a test process as they are for the image:
 * a bundle starts several times faster than the sources do.
 */
export function bundleFolder(): Promise<string> {
  bundles ??= bundle();
  return bundles;
}

async function bundle(): Promise<string> {
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
