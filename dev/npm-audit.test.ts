import assert from "node:assert/strict";
import { auditPackages, judgeAudit } from "./npm-audit";
import { Scratch } from "../lib/testing/scratch";

const advisory = { title: "Prototype pollution", url: "https://github.com/advisories/GHSA-1" };
const orbit = { name: "orbit", severity: "high", range: "<2.0.1", via: [advisory] };
const signal = new AbortController().signal;

describe("npm audit", () => {
  it("fails with what is high or critical, by package, versions and advisory", () => {
    const sun = { name: "sun", severity: "critical", range: "*", via: ["orbit"] };
    assert.throws(() => judgeAudit({ vulnerabilities: { orbit, sun } }), {
      message: [
        "orbit <2.0.1: high: Prototype pollution (https://github.com/advisories/GHSA-1)",
        "sun *: critical: by orbit",
        "npm audit tells what mends it",
      ].join("\n"),
    });
  });

  it("says so and does not fail where all tests were asked for: yesterday's checkout passed", () => {
    assert.equal(
      judgeAudit({ vulnerabilities: { orbit } }, false),
      "orbit <2.0.1: high: Prototype pollution (https://github.com/advisories/GHSA-1); npm audit tells what mends it; " +
        "npm run test:house fails for it",
    );
  });

  it("passes with less, and with nothing", () => {
    assert.equal(judgeAudit({ vulnerabilities: { orbit: { ...orbit, severity: "moderate" } } }), undefined);
    assert.equal(judgeAudit({ vulnerabilities: {} }), undefined);
  });

  it("is skipped with the reason where the registry does not answer", () => {
    assert.equal(
      judgeAudit({ message: "405 Method Not Allowed - POST https://registry.test/-/npm/v1/security/advisories/bulk" }),
      "the registry does not say which packages are vulnerable: " +
        "405 Method Not Allowed - POST https://registry.test/-/npm/v1/security/advisories/bulk",
    );
  });

  it("fails when it says nothing that is understood", () => {
    assert.throws(() => judgeAudit({}), /^Error: npm audit says neither what it found nor why it could not$/);
  });

  it("is judged by what npm prints, whatever its exit code", async () => {
    await using scratch = await Scratch.make();
    const answers = async (json: string, code: number): Promise<void> =>
      void (await scratch.program("npm", `echo '${json}'; exit ${code}`));
    await answers(JSON.stringify({ vulnerabilities: { orbit } }), 1);
    await assert.rejects(auditPackages(scratch.folder, signal), /^Error: orbit <2\.0\.1: high: /);
    await answers(JSON.stringify({ message: "request to https://registry.test failed", error: {} }), 1);
    assert.match((await auditPackages(scratch.folder, signal)) ?? "", /: request to https:\/\/registry\.test failed$/);
    await answers(JSON.stringify({ vulnerabilities: {} }), 0);
    assert.equal(await auditPackages(scratch.folder, signal), undefined);
    await answers("npm error code EUSAGE", 1);
    await assert.rejects(
      auditPackages(scratch.folder, signal),
      /^CommandError: `npm audit --json .*` exited with 1:\n  npm error code/,
    );
  });
});
