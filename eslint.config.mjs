// What the linter looks for, beyond what `tsc` and Prettier already hold. A rule that is off has its reason beside it.
import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import js from "@eslint/js";
import { defineConfig } from "eslint/config";
import ts from "typescript-eslint";

const project = dirname(fileURLToPath(import.meta.url));

/** Folders with nothing of ours. */
const unread = ["node_modules", "dist", "verify/dist", "coverage", "reports", ".pulumi"];

/** What of Node.js' own the programs use that are not compiled. */
const globals = ["Buffer", "clearInterval", "fetch", "performance", "process", "setInterval", "setTimeout", "URL"];

/** Rules that would have the project's habits otherwise, without finding a bug. */
const habits = {
  // `{ readonly [label: string]: string }` says what the key is; `Record` does not.
  "@typescript-eslint/consistent-indexed-object-style": "off",
  // A `type` is assignable to JSON's index signature, an `interface` is not.
  "@typescript-eslint/consistent-type-definitions": "off",
  // `env["NAME"]`: brackets tell a key that is data from a property that is declared.
  "@typescript-eslint/dot-notation": ["error", { allowIndexSignaturePropertyAccess: true }],
  // `() => stream.end()` and `return void finish()` are how a callback ends here.
  "@typescript-eslint/no-confusing-void-expression": "off",
  "@typescript-eslint/no-meaningless-void-operator": "off",
  // A callback that does nothing is written as one.
  "@typescript-eslint/no-empty-function": "off",
  // It asks for `x!`, which another rule forbids: `x as T` names what is expected.
  "@typescript-eslint/non-nullable-type-assertion-style": "off",
  // tsc's noUnusedLocals and noUnusedParameters do it, and know `await using _ = …`.
  "@typescript-eslint/no-unused-vars": "off",
  // `async` is how a function keeps the promise that its interface asks for, also where it has nothing to wait for.
  "@typescript-eslint/require-await": "off",
  // Numbers and booleans read in a template as anybody expects.
  "@typescript-eslint/restrict-template-expressions": ["error", { allowNumber: true, allowBoolean: true }],
  // A helper of the tests that looks something up is told by `<T>` what it finds.
  "@typescript-eslint/no-unnecessary-type-parameters": "off",
  // Messages are compared as they are printed, with their columns.
  "no-regex-spaces": "off",
};

/** Rules that cannot know what this project knows. */
const beyondTheirKnowledge = {
  // `stream.isTTY === true`: in a pipe it is undefined, which the types of Node.js deny.
  "@typescript-eslint/no-unnecessary-boolean-literal-compare": "off",
  // Its patterns are there to find control characters in what others sent.
  "no-control-regex": "off",
  // The Kubernetes client declares classes for what is plain objects on the wire.
  "@typescript-eslint/no-unsafe-class-instance-assignment": "off",
  // Strings are spread to be taken apart by code points, and see the rule before for classes.
  "@typescript-eslint/no-misused-spread": "off",
  // `process.env` is put back by deleting what was added.
  "@typescript-eslint/no-dynamic-delete": "off",
  // It believes that a `let` which `before` sets is always set, that `signal.aborted` stays what it was across an
  // `await`, and that servers answer as their types say.
  "@typescript-eslint/no-unnecessary-condition": "off",
};

/**
 * Rules that know types look into other files than the one that they judge. The cache keeps a verdict as long as the
 * file and its settings are the same: with this among the settings, as long as all that has types is the same.
 */
function allThatHasTypes() {
  const hash = createHash("sha256");
  const add = (file) => hash.update(file).update(readFileSync(join(project, file)));
  for (const entry of readdirSync(project, { withFileTypes: true })) {
    if (entry.name.startsWith(".") || unread.includes(entry.name)) continue;
    const files = entry.isDirectory() ? readdirSync(join(project, entry.name), { recursive: true }) : [""];
    for (const file of files.map((it) => join(entry.name, it)).sort()) if (/\.(ts|json)$/.test(file)) add(file);
  }
  return hash.digest("hex");
}

export default defineConfig(
  { ignores: unread.map((it) => `${it}/`) },
  { linterOptions: { reportUnusedDisableDirectives: "error" } },
  {
    files: ["**/*.mjs", "**/*.cjs"],
    extends: [js.configs.recommended],
    languageOptions: { globals: Object.fromEntries(globals.map((it) => [it, false])) },
  },
  {
    files: ["**/*.ts"],
    extends: [js.configs.recommended, ts.configs.strictTypeChecked, ts.configs.stylisticTypeChecked],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: project } },
    settings: { types: allThatHasTypes() },
    rules: { ...habits, ...beyondTheirKnowledge },
  },
  {
    // Its text is stored in the stacks that it made: what it needs it requires itself.
    files: ["lib/dynamic/operate.ts"],
    rules: { "@typescript-eslint/no-require-imports": "off", "@typescript-eslint/unbound-method": "off" },
  },
  {
    // Programs that are read when all before is done: an `import` would read them first.
    files: ["sandbox/plugins/dynamic/launcher.ts", "test/integration/clusters/preflight-complete.test.ts"],
    rules: { "@typescript-eslint/no-require-imports": "off" },
  },
);
