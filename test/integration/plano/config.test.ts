import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { mkdir, rename, rm, writeFile } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";
import { planoPeers, renderPlanoConfig } from "../../../components/plano/plano-config";
import { trustFile } from "../../../components/trust";
import { planoReleases, versionsOf } from "../../../settings/plano/releases";
import { run } from "../../../lib/command";
import { temporaryFolder } from "../../../lib/files";
import { skipBecause } from "../../../lib/testing/skip";

const cache = join(process.env["XDG_CACHE_HOME"] ?? join(homedir(), ".cache"), "plano-affinity");

/** The release whose dependencies all others are content with too. */
const base = "0.4.27";
const python = join(cache, `planoai-${base}`, "bin", "python");

/** What a validator says of a config, with what it printed and why it refused. */
interface Judgement {
  readonly accepted: boolean;
  readonly output: string;
}

/** Judges configs, named by any word; each is rendered for the data plane too, as at the start of Plano's container. */
const program = `
import contextlib, io, json, os, sys, traceback
import planoai, yaml
from planoai.config_generator import validate_and_render_schema
from planoai import __version__
data = os.path.join(os.path.dirname(planoai.__file__), "data")
os.environ.update(PLANO_CONFIG_SCHEMA_FILE=os.path.join(data, "plano_config_schema.yaml"), TEMPLATE_ROOT=data)
if yaml.__with_libyaml__:
    yaml.safe_load = lambda text: yaml.load(text, yaml.CSafeLoader)  # the same, many times as fast
judged = {}
for name in sys.argv[2:]:
    path = os.path.join(sys.argv[1], name)
    os.environ.update(PLANO_CONFIG_FILE=path, PLANO_CONFIG_FILE_RENDERED=path + ".rendered", ENVOY_CONFIG_FILE_RENDERED=path + ".envoy")
    said = io.StringIO()
    with contextlib.redirect_stdout(said), contextlib.redirect_stderr(said):
        try:
            validate_and_render_schema()
            accepted = os.path.getsize(path + ".rendered") > 0
        except (Exception, SystemExit):
            accepted = False
            traceback.print_exc()
    judged[name] = {"accepted": accepted, "output": said.getvalue()}
print(json.dumps({"version": __version__, "judged": judged}))
`;

/**
 * Installs the official validator of a release once: the first into an environment of its own, the others beside it.
 *
 * @throws Error when Python or the package is not available
 */
async function installValidator(version: string): Promise<void> {
  await installOnce(join(cache, `planoai-${base}`), async (partial) => {
    await run("python3", ["-m", "venv", partial]);
    await run(join(partial, "bin", "python"), ["-m", "pip", "install", "--quiet", `planoai==${base}`]);
  });
  if (version === base) return;
  await installOnce(join(cache, `planoai-${version}`), async (partial) => {
    await run(python, ["-m", "pip", "install", "--quiet", "--no-deps", "--target", partial, `planoai==${version}`]);
  });
}

/**
 * Judges configs with a release's own validator.
 *
 * @param configs texts of `plano_config.yaml`, by names of letters, digits and dashes
 */
async function judge(version: string, configs: ReadonlyMap<string, string>): Promise<ReadonlyMap<string, Judgement>> {
  await using folder = await temporaryFolder("plano-config-");
  for (const [name, config] of configs) await writeFile(join(folder.path, name), config);
  const env = { ...process.env, PYTHONPATH: version === base ? "" : join(cache, `planoai-${version}`) };
  const stdout = await run(python, ["-c", program, folder.path, ...configs.keys()], { env });
  const answer = JSON.parse(stdout) as { version: string; judged: Record<string, Judgement> };
  if (answer.version !== version) throw new Error(`planoai ${answer.version} answered for ${version}`);
  return new Map(Object.entries(answer.judged));
}

/** A half-made folder never counts: it is renamed into place. */
async function installOnce(folder: string, make: (partial: string) => Promise<void>): Promise<void> {
  if (existsSync(folder)) return;
  const partial = `${folder}.partial-${process.pid}`;
  await mkdir(cache, { recursive: true });
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

/** Releases that PyPI lacks, and the one whose schema and config generator are the same. Source: Plano's tags, diffed. */
const judgedBy: Readonly<Record<string, string>> = { "0.4.32": "0.4.31" };

/** A pip that waits for a package index may take long, once. */
const installLimitMs = 300_000;

const accepted = planoReleases.filter(({ keeps }) => keeps !== undefined).flatMap(versionsOf);

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
  return configs;
}

describe("plano_config.yaml", function () {
  for (const version of accepted) {
    const validator = judgedBy[version] ?? version;
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

      it("is refused with a field that is not Plano's, so that acceptance means something", () => {
        assert.equal(judged.get("broken")?.accepted, false);
        assert.match(judged.get("broken")?.output ?? "", /'nothing' was unexpected/);
      });
    });
  }
});
