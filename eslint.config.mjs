// The linter's rules, beyond what `tsc` and Prettier check. A rule that is off has its reason beside it.
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import js from "@eslint/js";
import { defineConfig } from "eslint/config";
import ts from "typescript-eslint";

const unread = ["node_modules", "dist", "verify/dist", "coverage", "reports", ".pulumi", "docs/examples"];

/** Globals of Node.js in programs that are not compiled. */
const globals = ["Buffer", "clearInterval", "fetch", "performance", "process", "setInterval", "setTimeout", "URL"];

/** Rules against the project's habits that find no bugs. */
const habits = {
  // `{ readonly [label: string]: string }` says what the key is; `Record` does not.
  "@typescript-eslint/consistent-indexed-object-style": "off",
  // A `type` is assignable to JSON's index signature, an `interface` is not.
  "@typescript-eslint/consistent-type-definitions": "off",
  // `env["NAME"]`: brackets tell a key that is data from a property that is declared.
  "@typescript-eslint/dot-notation": ["error", { allowIndexSignaturePropertyAccess: true }],
  // Callbacks here end with `() => stream.end()` and `return void finish()`.
  "@typescript-eslint/no-confusing-void-expression": "off",
  "@typescript-eslint/no-meaningless-void-operator": "off",
  "@typescript-eslint/no-empty-function": "off",
  // It asks for `x!`, which another rule forbids: `x as T` names what is expected.
  "@typescript-eslint/non-nullable-type-assertion-style": "off",
  // tsc's noUnusedLocals and noUnusedParameters do it, and know `await using _ = …`.
  "@typescript-eslint/no-unused-vars": "off",
  // A function is `async` where its interface asks for a promise, also without anything to await.
  "@typescript-eslint/require-await": "off",
  "@typescript-eslint/restrict-template-expressions": ["error", { allowNumber: true, allowBoolean: true }],
  // Helpers of the tests that look something up have `<T>` for what they find.
  "@typescript-eslint/no-unnecessary-type-parameters": "off",
  // Messages are compared as they are printed, with their columns.
  "no-regex-spaces": "off",
};

/** Rules that report what is right. */
const beyondTheirKnowledge = {
  // `stream.isTTY === true`: in a pipe it is undefined, which the types of Node.js deny.
  "@typescript-eslint/no-unnecessary-boolean-literal-compare": "off",
  // Patterns here find control characters in what others sent.
  "no-control-regex": "off",
  // The Kubernetes client declares classes for plain objects.
  "@typescript-eslint/no-unsafe-class-instance-assignment": "off",
  // Strings are spread into code points; for classes see the rule before.
  "@typescript-eslint/no-misused-spread": "off",
  // Tests restore `process.env` by deleting what they added.
  "@typescript-eslint/no-dynamic-delete": "off",
  // It believes that a `let` which `before` sets is always set, that `signal.aborted` stays what it was across an
  // `await`, and that servers answer as their types say.
  "@typescript-eslint/no-unnecessary-condition": "off",
};

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
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: dirname(fileURLToPath(import.meta.url)) } },
    rules: { ...habits, ...beyondTheirKnowledge },
  },
  {
    // Its text is stored in the stacks that it made, so it requires what it needs.
    files: ["lib/dynamic/operate.ts"],
    rules: { "@typescript-eslint/no-require-imports": "off", "@typescript-eslint/unbound-method": "off" },
  },
  {
    // Modules that are loaded only after other work: an `import` would load them first.
    files: [
      "sandbox/plugins/dynamic/launcher.ts",
      "test/integration/clusters/preflight-complete.test.ts",
      "components/plano-stack.test.ts",
    ],
    rules: { "@typescript-eslint/no-require-imports": "off" },
  },
);
