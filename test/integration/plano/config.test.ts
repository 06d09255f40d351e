import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { mkdir, rename, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { parse } from "yaml";
import { planoPeers, renderPlanoConfig } from "../../../components/plano/plano-config";
import {
  judge,
  type Judgement,
  validatorBase,
  validatorFolder,
  validatorOf,
  validatorPython,
} from "../../../components/plano/validator";
import { trustFile } from "../../../components/trust";
import { configProblems } from "../../../settings/plano/config-rules";
import { configSchema } from "../../../settings/plano/config-schema";
import { gatewayConfig, type PlanoConfig } from "../../../settings/plano/gateway-config";
import { planoReleases, versionsOf } from "../../../settings/plano/releases";
import { run } from "../../../lib/command";
import { skipBecause } from "../../../lib/testing/skip";

/**
 * Installs the official validator of a release once: the first into an environment of its own, the others beside it.
 *
 * @throws Error when Python or the package is not available
 */
async function installValidator(version: string): Promise<void> {
  await installOnce(validatorFolder(validatorBase), async (partial) => {
    await run("python3", ["-m", "venv", partial]);
    await run(join(partial, "bin", "python"), ["-m", "pip", "install", "--quiet", `planoai==${validatorBase}`]);
  });
  if (version === validatorBase) return;
  await installOnce(validatorFolder(version), async (partial) => {
    await run(validatorPython, ["-m", "pip", "install", "--quiet", "--no-deps", "--target", partial, `planoai==${version}`]);
  });
}

/** A half-made folder never counts: it is renamed into place. */
async function installOnce(folder: string, make: (partial: string) => Promise<void>): Promise<void> {
  if (existsSync(folder)) return;
  const partial = `${folder}.partial-${process.pid}`;
  await mkdir(dirname(folder), { recursive: true });
  try {
    await make(partial);
    // Another run may have been quicker; its folder is as good.
    await rename(partial, folder).catch(async (error: unknown) => {
      if (!existsSync(folder)) throw error;
    });
  } finally {
    await rm(partial, { recursive: true, force: true });
  }
}

/** A pip that waits for a package index may take long, once. */
const installLimitMs = 300_000;

/** With the newest on PyPI, which only `planoVersionUnexamined` lets in. */
const accepted = [...planoReleases.filter(({ keeps }) => keeps !== undefined).flatMap(versionsOf), "0.4.39"];

const examples = join(__dirname, "../../../docs/examples/gateway-config");

/** The configurations of the docs, by the names of their files. */
function exampleConfigs(): ReadonlyMap<string, PlanoConfig> {
  return new Map(
    readdirSync(examples).map((file) => {
      const read = gatewayConfig(join(examples, file));
      if ("reason" in read) throw new Error(read.reason);
      return [file.replace(".yaml", ""), read.value.document];
    }),
  );
}

/** Everything that a configuration can differ in, for one release. */
function everyConfig(planoVersion: string): Map<string, string> {
  const who = [
    ["stub", "stub"],
    ["openai", "stub"],
    ["openai", "hosted"],
  ] as const;
  const configs = new Map<string, string>();
  for (const [upstream, routing] of who)
    for (const tenantHeader of [undefined, "x-tenant-id"])
      for (const external of [false, true]) {
        const own = external ? trustFile : undefined;
        const form = { upstream, routing, tenantHeader, peers: planoPeers("plano-demo", external), trustFile: own };
        const name = `${upstream}-answers-${routing}-routes-${tenantHeader ?? "one-tenant"}-${external ? "external" : "own"}-redis`;
        configs.set(name, renderPlanoConfig({ ...form, planoVersion, sessionTtlSeconds: 600 }));
      }
  for (const [name, config] of exampleConfigs())
    for (const [upstream, routing] of who) {
      const terms = { planoVersion, sessionTtlSeconds: 600, tenantHeader: undefined, traced: true, stubbed: upstream === "stub" };
      if (configProblems(config, terms).length > 0) continue;
      const form = { upstream, routing, config, peers: planoPeers("plano-demo", false) };
      configs.set(`${name}-${upstream}-answers-${routing}-routes`, renderPlanoConfig({ ...form, ...terms }));
    }
  return configs;
}

describe("plano_config.yaml", function () {
  for (const version of accepted) {
    const validator = validatorOf(version);
    describe(`of Plano ${version}, judged by planoai ${validator}`, function () {
      this.timeout(20_000);
      const configs = everyConfig(version);
      let judged: ReadonlyMap<string, Judgement>;

      before(async function () {
        this.timeout(installLimitMs);
        await installValidator(validator).catch((error: unknown) =>
          skipBecause(this, `planoai ${validator} cannot be installed: ${String(error).split("\n")[0]}`),
        );
        const broken = [...configs.values()][0]?.replace("  session_cache:", "  nothing: 0\n  session_cache:") ?? "";
        judged = await judge(validator, new Map([...configs, ["broken", broken]]));
      });

      it("is accepted in every form", () => {
        for (const name of configs.keys()) assert.ok(judged.get(name)?.accepted, `${name}: ${judged.get(name)?.output}`);
      });

      it("has the schema that ships with this project", () => {
        const folder = validatorFolder(validator);
        const lib = join(folder, "lib");
        const inside = validator === validatorBase ? join(lib, readdirSync(lib)[0] ?? "", "site-packages") : folder;
        const file = join(inside, "planoai/data/plano_config_schema.yaml");
        assert.deepEqual(configSchema(version), parse(readFileSync(file, "utf8")));
      });

      it("is refused with a field that is not Plano's, so that acceptance means something", () => {
        assert.equal(judged.get("broken")?.accepted, false);
        assert.match(judged.get("broken")?.output ?? "", /'nothing' was unexpected/);
      });
    });
  }
});
