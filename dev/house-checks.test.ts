import assert from "node:assert/strict";
import { auditPackages, type HouseCheck, keepHouse, ofProgram } from "./house-checks";
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
      "\nhouse\n\n  the checkout\n    ✔ is good\n    1) is fine\n       it is not:\n       at all\n    - is known",
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
    const check = ofProgram("is formatted", `prettier/bin/prettier.cjs --check ${file}`);
    Object.assign(process.env, { CI: "true", FORCE_COLOR: "1" });
    await assert.rejects(
      check.look(signal),
      /^Error: Checking formatting\.\.\.\n\[warn\] \S*crooked\.ts\n\[warn\] Code style issues/,
    );
    await scratch.file("crooked.ts", "const a = 1;\n");
    assert.equal(await check.look(signal), undefined);
  });

  it("fail where their program is not installed", async () => {
    await assert.rejects(ofProgram("is", "absent/bin.js").look(signal), /^Error: [^]*Cannot find module '.*absent\/bin\.js'/);
  });
});

describe("npm audit", () => {
  const found = "orbit  <2.0.1\nSeverity: high\nPrototype pollution - https://github.com/advisories/GHSA-1";
  const registry =
    "npm warn audit 405 Method Not Allowed - POST https://registry.test/bulk\nnpm error audit endpoint returned an error";

  const away =
    "the registry does not say which packages are vulnerable: npm warn audit 405 Method Not Allowed - POST https://registry.test/bulk";
  const later = "npm audit names packages with grave vulnerabilities; npm run test:house fails for them";

  /** What npm prints and its exit code, whether the check was asked for, and the reason for a skip or the error. */
  const cases: readonly (readonly [what: string, answer: string, code: number, strict: boolean, string?, RegExp?])[] = [
    ["passes without grave findings", "orbit  <2.0.1\nSeverity: moderate", 0, true],
    ["fails with what is high or critical", found, 1, true, undefined, new RegExp(`^Error: ${found}$`)],
    ["is skipped where all tests were asked for: yesterday's checkout passed", found, 1, false, later],
    ["is skipped where the registry does not answer", registry, 1, true, away],
    ["fails with npm", "npm error code EUSAGE", 1, true, undefined, /^Error: npm error code EUSAGE$/],
  ];
  for (const [what, answer, code, strict, skipped, error] of cases)
    it(what, async () => {
      await using scratch = await Scratch.make();
      await scratch.program("npm", `echo '${answer}'; exit ${code}`);
      const audit = auditPackages(scratch.folder, signal, strict);
      if (error === undefined) assert.equal(await audit, skipped);
      else await assert.rejects(audit, error);
    });
});
