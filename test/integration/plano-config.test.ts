import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { access, mkdir, mkdtemp, rename, rm, writeFile } from "node:fs/promises";
import { homedir, tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { type PlanoConfigArgs, renderPlanoConfig } from "../../components/plano-config";

const run = promisify(execFile);
const version = "0.4.27";
const venv = join(process.env.XDG_CACHE_HOME ?? join(homedir(), ".cache"), "plano-affinity", `planoai-${version}`);
const python = join(venv, "bin", "python");

/** Makes the environment with Plano's validator once; a half-made one never counts, for it is renamed into place. */
async function installValidator(): Promise<void> {
  if (await exists(python)) return;
  const partial = `${venv}.partial-${process.pid}`;
  await mkdir(join(venv, ".."), { recursive: true });
  try {
    await run("python3", ["-m", "venv", partial]);
    await run(join(partial, "bin", "python"), ["-m", "pip", "install", "--quiet", `planoai==${version}`]);
    // Another run may have been quicker; its environment is as good.
    await rename(partial, venv).catch(async (error: unknown) => {
      if (!(await exists(python))) throw error;
    });
  } finally {
    await rm(partial, { recursive: true, force: true });
  }
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}

/** Runs Plano's own config generator over a config. */
async function validate(config: string): Promise<{ readonly accepted: boolean; readonly output: string }> {
  const folder = await mkdtemp(join(tmpdir(), "plano-config-"));
  try {
    const file = join(folder, "plano_config.yaml");
    await writeFile(file, config);
    const { stdout } = await run(python, [
      "-c",
      "import planoai, os; print(os.path.join(os.path.dirname(planoai.__file__), 'data'))",
    ]);
    const data = stdout.trim();
    const env = {
      ...process.env,
      PLANO_CONFIG_FILE: file,
      PLANO_CONFIG_FILE_RENDERED: join(folder, "rendered.yaml"),
      ENVOY_CONFIG_FILE_RENDERED: join(folder, "envoy.yaml"),
      PLANO_CONFIG_SCHEMA_FILE: join(data, "plano_config_schema.yaml"),
      TEMPLATE_ROOT: data,
    };
    const result = await run(python, ["-m", "planoai.config_generator"], { env });
    return { accepted: true, output: result.stdout };
  } catch (error) {
    const { stdout = "", stderr = "" } = error as { stdout?: string; stderr?: string };
    return { accepted: false, output: `${stdout}${stderr}` };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

const stub: PlanoConfigArgs = {
  namespace: "plano-demo",
  upstream: "stub",
  routing: "stub",
  sessionTtlSeconds: 600,
  externalRedis: false,
};
const variants: readonly { readonly name: string; readonly args: PlanoConfigArgs }[] = [
  { name: "the stub answers and routes", args: stub },
  { name: "OpenAI answers, the hosted model routes", args: { ...stub, upstream: "openai", routing: "hosted" } },
  { name: "OpenAI answers, the stub routes", args: { ...stub, upstream: "openai" } },
  { name: "a tenant header and an external Redis", args: { ...stub, tenantHeader: "x-tenant-id", externalRedis: true } },
];

describe(`plano_config.yaml, judged by the validator of Plano ${version}`, function () {
  this.timeout(120_000);

  before(async function () {
    try {
      await installValidator();
    } catch (error) {
      const reason = error instanceof Error ? (error.message.split("\n")[0] ?? "") : String(error);
      this.test?.parent?.eachTest((test) => (test.title += ` (skipped: planoai ${version} cannot be installed: ${reason})`));
      this.skip();
    }
  });

  for (const { name, args } of variants) {
    it(`accepts: ${name}`, async () => {
      const { accepted, output } = await validate(renderPlanoConfig(args));
      assert.ok(accepted, output);
    });
  }

  it("refuses what is not Plano's, so that acceptance means something", async () => {
    const { accepted, output } = await validate(
      renderPlanoConfig(stub).replace("session_ttl_seconds: 600", "session_ttl_seconds: 0"),
    );
    assert.equal(accepted, false);
    assert.match(output, /0 is less than the minimum of 1/);
  });
});
