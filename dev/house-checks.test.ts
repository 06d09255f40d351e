import assert from "node:assert/strict";
import { ESLint } from "eslint";
import { houseChecks, keepHouse, ofProgram, type HouseCheck } from "./house-checks";
import { projectFolder } from "../commands/main";
import { Scratch } from "../lib/testing/scratch";

const signal = new AbortController().signal;
const withoutTimes = (lines: readonly string[]): string => lines.join("\n").replace(/ \([\d.]+ s\)/g, "");

const good: HouseCheck = { title: "is good", look: async () => undefined };
const bad: HouseCheck = { title: "is fine", look: () => Promise.reject(new Error("it is not:\nat all")) };
const away: HouseCheck = { title: "is known", look: async () => "nobody answers" };

/** Sets the variables that make programs colour what no terminal shows, until its end. */
function asInContinuousIntegration(): Disposable {
  const { CI, FORCE_COLOR } = process.env;
  Object.assign(process.env, { CI: "true", FORCE_COLOR: "1" });
  return {
    [Symbol.dispose]() {
      for (const [name, value] of Object.entries({ CI, FORCE_COLOR })) {
        if (value === undefined) delete process.env[name];
        else process.env[name] = value;
      }
    },
  };
}

describe("the checks of the house", () => {
  it("pass, fail and are skipped by name, and count", async () => {
    const lines: string[] = [];
    const counts = await keepHouse([good, bad, away], (line) => lines.push(line), signal);
    assert.deepEqual(counts, {
      passed: 1,
      failed: [{ title: "the checkout is fine", reason: "it is not:" }],
      skipped: [{ title: "the checkout is known", reason: "nobody answers" }],
    });
    assert.equal(
      withoutTimes(lines),
      [
        ...["", "house", "", "  the checkout", "    ✔ is good", "    1) is fine", "    - is known"],
        ...["", "  1) the checkout is fine", "     it is not:", "     at all"],
      ].join("\n"),
    );
  });

  it("end with the run that is interrupted", async () => {
    const stop = new AbortController();
    const endless: HouseCheck = {
      title: "waits",
      look: (given) => new Promise((resolve) => given.addEventListener("abort", () => resolve(undefined))),
    };
    const kept = keepHouse([endless], () => undefined, stop.signal);
    stop.abort(new Error("interrupted"));
    await assert.rejects(kept, /^Error: interrupted$/);
  });

  it("fail with all that their program says, in plain text also in continuous integration", async () => {
    await using scratch = await Scratch.make();
    using _ = asInContinuousIntegration();
    const file = await scratch.file("crooked.ts", "const  a =  1\n");
    const check = ofProgram("is formatted", "prettier/bin/prettier.cjs", ["--check", file]);
    await assert.rejects(
      check.look(signal),
      /^Error: Checking formatting\.\.\.\n\[warn\] \S*crooked\.ts\n\[warn\] Code style issues/,
    );
    await scratch.file("crooked.ts", "const a = 1;\n");
    assert.equal(await check.look(signal), undefined);
  });

  it("fail where their program is not installed", async () => {
    await assert.rejects(ofProgram("is", "absent/bin.js", []).look(signal), /^Error: [^]*Cannot find module '.*absent\/bin\.js'/);
  });

  it("name the command to run by hand", () => {
    const commands = houseChecks(true).map(({ title }) => /: (npm .*)$/.exec(title)?.[1]);
    assert.deepEqual(commands, ["npm run format", "npm run typecheck", "npm run lint", "npm run unused", "npm audit"]);
  });
});

describe("the linter", () => {
  const error = 2;
  const ruleOf = async (file: string, rule: string): Promise<unknown> => {
    const linter = new ESLint({ cwd: projectFolder });
    const config = (await linter.calculateConfigForFile(file)) as {
      readonly rules: Readonly<Record<string, readonly unknown[]>>;
    };
    return config.rules[rule]?.[0];
  };

  for (const rule of ["no-floating-promises", "no-misused-promises", "await-thenable", "return-await", "no-explicit-any"])
    it(`holds ${rule} against every file with types`, async () => {
      for (const file of ["index.ts", "verify/cli.ts", "dev/house-checks.test.ts"])
        assert.equal(await ruleOf(file, `@typescript-eslint/${rule}`), error, file);
    });

  it("looks at what starts without a compiler too", async () => {
    assert.equal(await ruleOf("commands/bootstrap/run.mjs", "no-undef"), error);
    assert.equal(await ruleOf("components/plano/redis-watch/watch.cjs", "no-undef"), error);
  });
});
