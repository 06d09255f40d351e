import { existsSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { run } from "../../lib/command";
import { temporaryFolder } from "../../lib/files";
import { cacheDir } from "../../lib/paths";

/** The release whose dependencies all others are content with too. */
export const validatorBase = "0.4.27";

/** Where a release's own validator is (PyPI `planoai`); that of {@link validatorBase} is an environment of Python. */
export const validatorFolder = (version: string): string => join(cacheDir(), `planoai-${version}`);

export const validatorPython = join(validatorFolder(validatorBase), "bin", "python");

/** Releases that PyPI lacks, and the one whose schema and config generator are the same. Source: Plano's tags, diffed. */
const judgedBy: Readonly<Record<string, string>> = { "0.4.32": "0.4.31" };

/** The release of `planoai` that judges a release's configurations. */
export const validatorOf = (planoVersion: string): string => judgedBy[planoVersion] ?? planoVersion;

/** What a validator says of a config, with what it printed and why it refused. */
export interface Judgement {
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
 * Judges configs with a release's own validator, which has to be in the cache.
 *
 * @param version of `planoai`
 * @param configs texts of `plano_config.yaml`, by names of letters, digits and dashes
 */
export async function judge(version: string, configs: ReadonlyMap<string, string>): Promise<ReadonlyMap<string, Judgement>> {
  await using folder = await temporaryFolder("plano-config-");
  for (const [name, config] of configs) await writeFile(join(folder.path, name), config);
  const env = { ...process.env, PYTHONPATH: version === validatorBase ? "" : validatorFolder(version) };
  const stdout = await run(validatorPython, ["-c", program, folder.path, ...configs.keys()], { env });
  const answer = JSON.parse(stdout) as { version: string; judged: Record<string, Judgement> };
  if (answer.version !== version) throw new Error(`planoai ${answer.version} answered for ${version}`);
  return new Map(Object.entries(answer.judged));
}

/** Why a release refuses a config, in its validator's words; undefined: it does not, or its validator is not in the cache. */
export async function refusalOf(planoVersion: string, config: string): Promise<string | undefined> {
  const version = validatorOf(planoVersion);
  if (!existsSync(validatorPython) || !existsSync(validatorFolder(version))) return undefined;
  const { accepted, output = "" } = (await judge(version, new Map([["config", config]]))).get("config") ?? {};
  // Of a traceback the last line says why; what the schema refuses is printed before, with its place.
  return accepted
    ? undefined
    : (/^.*\n *Location:.*$/m.exec(output)?.[0].replace(/\n */, ", ") ?? output.trim().split("\n").at(-1));
}
