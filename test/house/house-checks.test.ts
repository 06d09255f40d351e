import assert from "node:assert/strict";
import { projectFolder } from "../../commands/main";
import { auditPackages, obey } from "./house-checks";
import { Scratch } from "../../lib/testing/scratch";

describe("a check of the house", () => {
  const prettier = (file: string) =>
    obey(process.execPath, ["node_modules/prettier/bin/prettier.cjs", "--check", file], projectFolder);

  it("fails with all that its program says, in plain text also in continuous integration", async () => {
    await using scratch = await Scratch.make();
    const file = await scratch.file("crooked.ts", "const  a =  1\n");
    Object.assign(process.env, { CI: "true", FORCE_COLOR: "1" });
    await assert.rejects(
      prettier(file),
      /^Error: Checking formatting\.\.\.\n\[warn\] \S*crooked\.ts\n\[warn\] Code style issues/,
    );
    await scratch.file("crooked.ts", "const a = 1;\n");
    assert.equal(await prettier(file), undefined);
  });

  it("fails where its program is not installed", async () => {
    await assert.rejects(
      obey(process.execPath, ["absent/bin.js"], projectFolder),
      /^Error: [^]*Cannot find module '.*absent\/bin\.js'/,
    );
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
      const audit = auditPackages(scratch.folder, strict);
      if (error === undefined) assert.equal(await audit, skipped);
      else await assert.rejects(audit, error);
    });
});
