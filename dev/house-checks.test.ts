import assert from "node:assert/strict";
import { ESLint } from "eslint";
import { auditPackages, type HouseCheck, houseChecks, judgeAudit, keepHouse, ofProgram } from "./house-checks";
import { projectFolder } from "../commands/main";
import { Scratch } from "../lib/testing/scratch";

const signal = new AbortController().signal;
const withoutTimes = (lines: readonly string[]): string => lines.join("\n").replace(/ \([\d.]+ s\)/g, "");

const good: HouseCheck = { title: "is good", look: async () => undefined };
const bad: HouseCheck = { title: "is fine", look: () => Promise.reject(new Error("it is not:\nat all")) };
const away: HouseCheck = { title: "is known", look: async () => "nobody answers" };

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
    const file = await scratch.file("crooked.ts", "const  a =  1\n");
    const check = ofProgram("is formatted", "prettier/bin/prettier.cjs", ["--check", file]);
    const { CI, FORCE_COLOR } = process.env;
    Object.assign(process.env, { CI: "true", FORCE_COLOR: "1" });
    try {
      await assert.rejects(
        check.look(signal),
        /^Error: Checking formatting\.\.\.\n\[warn\] \S*crooked\.ts\n\[warn\] Code style issues/,
      );
    } finally {
      for (const [name, value] of Object.entries({ CI, FORCE_COLOR })) {
        if (value === undefined) delete process.env[name];
        else process.env[name] = value;
      }
    }
    await scratch.file("crooked.ts", "const a = 1;\n");
    assert.equal(await check.look(signal), undefined);
  });

  it("fail where their program is not installed", async () => {
    await assert.rejects(ofProgram("is", "absent/bin.js", []).look(signal), /^Error: [^]*Cannot find module '.*absent\/bin\.js'/);
  });

  it("name the command to run by hand", () => {
    const commands = houseChecks(true).map(({ title }) => /: (npm .*)$/.exec(title)?.[1]);
    assert.deepEqual(commands, [
      "npm run format",
      "npm run typecheck",
      "npm run lint",
      "npm run imports",
      "npm run unused",
      "npm audit",
    ]);
  });
});

describe("npm audit", () => {
  const via = [{ title: "Prototype pollution", url: "https://github.com/advisories/GHSA-1" }];
  const orbit = { name: "orbit", severity: "high", range: "<2.0.1", via };
  const found = "orbit <2.0.1: high: Prototype pollution (https://github.com/advisories/GHSA-1)";

  it("fails with what is high or critical, by package, versions and advisory", () => {
    const sun = { name: "sun", severity: "critical", range: "*", via: ["orbit"] };
    assert.throws(() => judgeAudit({ vulnerabilities: { orbit, sun } }), {
      message: `${found}\nsun *: critical: by orbit\nnpm audit says how to fix it`,
    });
  });

  it("says so and does not fail where all tests were asked for: yesterday's checkout passed", () => {
    const skipped = `${found}; npm audit says how to fix it; npm run test:house fails for it`;
    assert.equal(judgeAudit({ vulnerabilities: { orbit } }, false), skipped);
  });

  it("passes with less, and with nothing", () => {
    assert.equal(judgeAudit({ vulnerabilities: { orbit: { ...orbit, severity: "moderate" } } }), undefined);
    assert.equal(judgeAudit({ vulnerabilities: {} }), undefined);
  });

  it("is judged by what npm prints, whatever its exit code; skipped where the registry does not answer", async () => {
    await using scratch = await Scratch.make();
    const answer = async (text: string, code: number): Promise<string | undefined> => {
      await scratch.program("npm", `echo '${text}'; exit ${code}`);
      return auditPackages(scratch.folder, signal);
    };
    await assert.rejects(answer(JSON.stringify({ vulnerabilities: { orbit } }), 1), /^Error: orbit <2\.0\.1: high: /);
    const message = "405 Method Not Allowed - POST https://registry.test/bulk";
    const skipped = `the registry does not say which packages are vulnerable: ${message}`;
    assert.equal(await answer(JSON.stringify({ message, error: {} }), 1), skipped);
    assert.equal(await answer(JSON.stringify({ vulnerabilities: {} }), 0), undefined);
    await assert.rejects(answer("{}", 0), /^Error: npm audit printed neither findings nor an error$/);
    await assert.rejects(
      answer("npm error code EUSAGE", 1),
      /^CommandError: `npm audit --json .*` exited with 1:\n  npm error code/,
    );
  });
});

describe("the linter", () => {
  it("holds its strictest rules against every file with types, and looks at what starts without a compiler too", async () => {
    const linter = new ESLint({ cwd: projectFolder });
    const promises = ["no-floating-promises", "no-misused-promises", "await-thenable", "return-await", "no-explicit-any"];
    const wanted: readonly (readonly [files: readonly string[], rules: readonly string[]])[] = [
      [["index.ts", "verify/cli.ts", "test/unit/x.test.ts"], promises.map((it) => `@typescript-eslint/${it}`)],
      [["commands/bootstrap/run.mjs", "components/plano/redis-watch/watch.cjs"], ["no-undef"]],
    ];
    for (const [files, names] of wanted)
      for (const file of files) {
        const { rules } = (await linter.calculateConfigForFile(file)) as { rules: Record<string, readonly unknown[]> };
        for (const name of names) assert.equal(rules[name]?.[0], 2, `${name} for ${file}`);
      }
  });
});
