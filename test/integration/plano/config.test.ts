import assert from "node:assert/strict";
import { planoPeers, renderPlanoConfig } from "../../../components/plano/plano-config";
import { planoReleases, versionsOf } from "../../../settings/plano/releases";
import { skipBecause } from "../../../lib/testing/skip";
import { installValidator, judge, type Judgement } from "./validator";

/** Releases that PyPI lacks, and the one whose schema and config generator are the same. Source: Plano's tags, diffed. */
const judgedBy: Readonly<Record<string, string>> = { "0.4.32": "0.4.31" };

/** A pip that waits for a package index may take long, once. */
const installLimitMs = 300_000;

const accepted = planoReleases.filter(({ keeps }) => keeps !== undefined).flatMap(versionsOf);

/** Everything that a configuration can differ in, for one release. */
function everyConfig(planoVersion: string): Map<string, string> {
  const who = [
    { upstream: "stub", routing: "stub" },
    { upstream: "openai", routing: "stub" },
    { upstream: "openai", routing: "hosted" },
  ] as const;
  const forms = who.flatMap((form) =>
    [undefined, "x-tenant-id"].flatMap((tenantHeader) =>
      [false, true].map((external) => ({ ...form, tenantHeader, external, peers: planoPeers("plano-demo", external) })),
    ),
  );
  return new Map(
    forms.map(({ external, ...form }) => [
      `${form.upstream}-answers-${form.routing}-routes-${form.tenantHeader ? "tenants" : "one-tenant"}-${external ? "external" : "own"}-redis`,
      renderPlanoConfig({ ...form, planoVersion, sessionTtlSeconds: 600 }),
    ]),
  );
}

describe("plano_config.yaml", function () {
  it("has twelve forms for each release, and one for no other", () => {
    for (const version of accepted) assert.equal(everyConfig(version).size, 12);
    for (const version of ["0.4.18", "0.4.21", "0.4.28", "0.4.37"]) assert.throws(() => everyConfig(version), /does not keep/);
  });

  for (const version of accepted) {
    const validator = judgedBy[version] ?? version;
    describe(`of Plano ${version}, judged by planoai ${validator}`, function () {
      this.timeout(20_000);
      const configs = everyConfig(version);
      let judged: ReadonlyMap<string, Judgement>;

      before(async function () {
        this.timeout(installLimitMs);
        try {
          await installValidator(validator);
        } catch (error) {
          const reason = error instanceof Error ? (error.message.split("\n")[0] ?? "") : String(error);
          skipBecause(this, `planoai ${validator} cannot be installed: ${reason}`);
        }
        const broken = [...configs.values()][0]?.replace("  session_cache:", "  nothing: 0\n  session_cache:") ?? "";
        judged = await judge(validator, new Map([...configs, ["broken", broken]]));
      });

      it("is accepted in every form", () => {
        for (const name of configs.keys()) assert.ok(judged.get(name)?.accepted, `${name}: ${judged.get(name)?.output}`);
      });

      it("is refused with a field that is not Plano's, so that acceptance means something", () => {
        assert.equal(judged.get("broken")?.accepted, false);
        assert.match(judged.get("broken")?.output ?? "", /'nothing' was unexpected/);
      });
    });
  }
});
