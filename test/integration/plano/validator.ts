import { existsSync } from "node:fs";
import { mkdir, mkdtemp, rename, rm, writeFile } from "node:fs/promises";
import { homedir, tmpdir } from "node:os";
import { join } from "node:path";
import { run } from "../../../lib/command";

const cache = join(process.env["XDG_CACHE_HOME"] ?? join(homedir(), ".cache"), "plano-affinity");

/** The release whose dependencies all others are content with too. */
const base = "0.4.27";
const python = join(cache, `planoai-${base}`, "bin", "python");

/** What a validator says of a config. */
export interface Judgement {
  readonly accepted: boolean;
  /** What it printed, and why it refused. */
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
export async function installValidator(version: string): Promise<void> {
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
export async function judge(version: string, configs: ReadonlyMap<string, string>): Promise<ReadonlyMap<string, Judgement>> {
  const folder = await mkdtemp(join(tmpdir(), "plano-config-"));
  try {
    for (const [name, config] of configs) await writeFile(join(folder, name), config);
    const env = { ...process.env, PYTHONPATH: version === base ? "" : join(cache, `planoai-${version}`) };
    const stdout = await run(python, ["-c", program, folder, ...configs.keys()], { env });
    const answer = JSON.parse(stdout) as { version: string; judged: Record<string, Judgement> };
    if (answer.version !== version) throw new Error(`planoai ${answer.version} answered for ${version}`);
    return new Map(Object.entries(answer.judged));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
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
