// Loaded before the tests of this room by compiled.test.ts: they then run what `npm pack` ships in place of the sources.
import { mkdtempSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import "tsx/cjs";

const require = createRequire(import.meta.url);
const { bundle } = require("../../../verify/build/bundle.ts");
const folder = mkdtempSync(join(tmpdir(), "plano-affinity-compiled-"));
process.once("exit", () => rmSync(folder, { recursive: true, force: true }));
// As verify/build/package.ts does.
await bundle({ "plano-affinity": "verify/cli.ts", index: "verify/index.ts" }, folder);

/** For `start-cli.ts`. */
process.env.PLANO_AFFINITY_PROGRAM = join(folder, "plano-affinity.mjs");

// For `import … from "../../../verify"`.
const filename = require.resolve("../../../verify/index.ts");
const exports = await import(join(folder, "index.mjs"));
require.cache[filename] = Object.assign(new (require("node:module"))(filename), { filename, loaded: true, exports });
