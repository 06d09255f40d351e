import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { constants, existsSync, readlinkSync, writeFileSync } from "node:fs";
import { access, mkdir, readdir, readFile, rm } from "node:fs/promises";
import { homedir, hostname } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import { parseArgs } from "node:util";
import { parseDocument } from "yaml";
import { projectName, stackName } from "../clusters/project-name";
import { readJson, writeWhole } from "../lib/files";
import { unlessEmpty } from "../lib/paths";
import { isAlive } from "../lib/process";
import type { Progress } from "../lib/progress";
import { ensureTools } from "../sandbox/toolchain/ensure";
import { projectFolder, UserError } from "./main";
import { type PluginOrigin, providePlugins } from "./plugins";

/** How Pulumi is started in this project. */
export interface PulumiEnvironment {
  readonly pulumi: string;
  readonly env: NodeJS.ProcessEnv;
  readonly plugins: PluginOrigin;
}

/** Finds Pulumi, which keeps stacks and a generated passphrase in the checkout's `.pulumi` where the user chose neither. */
export async function pulumiEnvironment(progress: Progress, signal?: AbortSignal): Promise<PulumiEnvironment> {
  const { pulumi: tool } = await ensureTools(["pulumi"], progress, signal);
  const pulumi = tool.binaries["pulumi"] ?? "pulumi";
  const env = await withBackend(process.env, projectFolder);
  const homes = { official: pulumiHome(process.env), minimal: join(projectFolder, ".pulumi", "home") };
  const memory = join(projectFolder, ".pulumi", `plugins-${encodeURIComponent(stackName())}`);
  const plugins = await providePlugins(pulumi, homes, memory, progress, signal);
  if (plugins === "minimal") Object.assign(env, minimalPlugins(process.env, homes.minimal));
  env.PATH = [dirname(pulumi), dirname(process.execPath), process.env.PATH ?? ""].join(delimiter);
  return { pulumi, env, plugins };
}

/** What arguments of Pulumi say of the stack: which one, and whether it is compared with its cluster first. */
export function readArguments(args: readonly string[]): { readonly stack?: string; readonly refreshes: boolean } {
  const options = { stack: { type: "string", short: "s" }, refresh: { type: "boolean", short: "r" } } as const;
  const { values, positionals } = parseArgs({ args: [...args], options, strict: false, allowPositionals: true });
  const refreshes = values.refresh === true || positionals[0] === "refresh";
  return { refreshes, ...(typeof values.stack === "string" && { stack: values.stack }) };
}

/**
 * Runs Pulumi on this terminal.
 *
 * ^C on the terminal reaches Pulumi, but not its providers, which then finish their operation; a file that goes away
 * tells ours to stop and clean up.
 */
export async function runPulumi(environment: PulumiEnvironment, args: readonly string[]): Promise<number> {
  const running = join(projectFolder, ".pulumi", `running-${process.pid}`);
  const env = { ...environment.env, PLANO_AFFINITY_RUNNING: running };
  const child = spawn(environment.pulumi, args, { cwd: projectFolder, env, stdio: "inherit" });
  // Should all of us be killed but the providers, they see that it is gone.
  writeFileSync(running, runOf(child.pid));
  const interrupt = (): void => void rm(running, { force: true });
  const end = (): void => {
    interrupt();
    child.kill("SIGINT");
  };
  process.on("SIGINT", interrupt).on("SIGTERM", end).on("SIGHUP", end);
  try {
    return await new Promise<number>((resolve, reject) => {
      child.once("error", reject);
      child.once("exit", (code, signal) => resolve(signal === null ? (code ?? 1) : 130));
    });
  } finally {
    process.off("SIGINT", interrupt).off("SIGTERM", end).off("SIGHUP", end);
    await rm(running, { force: true });
  }
}

/** Makes Pulumi use the minimal plugins in `home`. Logins stay as without them. */
export function minimalPlugins(given: NodeJS.ProcessEnv, home: string): NodeJS.ProcessEnv {
  return {
    PULUMI_HOME: home,
    PULUMI_CREDENTIALS_PATH: credentialsFolder(given),
    PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "true",
  };
}

function pulumiHome(given: NodeJS.ProcessEnv): string {
  return unlessEmpty(given.PULUMI_HOME) ?? join(homedir(), ".pulumi");
}

function credentialsFolder(given: NodeJS.ProcessEnv): string {
  return unlessEmpty(given.PULUMI_CREDENTIALS_PATH) ?? pulumiHome(given);
}

/**
 * The environment with a backend and a passphrase in `project`, each where `given` has not chosen one. No passphrase is
 * added where only the user knows the one of their stacks.
 *
 * @throws UserError where the stacks in `project` belong to another user, or secrets to a passphrase that is gone
 */
export async function withBackend(given: NodeJS.ProcessEnv, project: string): Promise<NodeJS.ProcessEnv> {
  const local = join(project, ".pulumi");
  await mkdir(local, { recursive: true, mode: 0o700 });
  await requireAccess(local);
  const env: NodeJS.ProcessEnv = { ...given, PULUMI_SKIP_UPDATE_CHECK: "true" };
  const ownBackend = await hasOwnBackend(given);
  if (!ownBackend) {
    env.PULUMI_BACKEND_URL = pathToFileURL(project).href;
    await dropDeadLocks(local);
  }
  // Ignored by Pulumi, where an empty passphrase is one.
  if (env.PULUMI_CONFIG_PASSPHRASE_FILE === "") delete env.PULUMI_CONFIG_PASSPHRASE_FILE;
  if (env.PULUMI_CONFIG_PASSPHRASE === undefined && env.PULUMI_CONFIG_PASSPHRASE_FILE === undefined) {
    const file = join(local, "passphrase");
    // Neither stacks nor passphrase: the checkout's first run, or its `.pulumi` was removed.
    if (!ownBackend && !existsSync(file) && !existsSync(join(local, "stacks"))) await dropForeignSalts(project);
    // Else Pulumi has asked for a passphrase, as `pulumi new` does; ours would be wrong, and Pulumi asks again.
    if (!ownBackend || existsSync(file) || (await saltedFiles(project)).length === 0)
      env.PULUMI_CONFIG_PASSPHRASE_FILE = await passphraseFile(file);
  }
  return env;
}

/** What the file of a run says: its engine's process, and among which processes that number counts, as in a container. */
function runOf(pid: number | undefined): string {
  const namespace = existsSync("/proc/self/ns/pid") ? readlinkSync("/proc/self/ns/pid") : "";
  return `${pid ?? ""} ${namespace}`;
}

/** Removes the locks of runs of this checkout that were killed. Their format: Pulumi 3.230, pkg/backend/diy/lock.go. */
async function dropDeadLocks(local: string): Promise<void> {
  const began = (await readdir(local)).filter((it) => it.startsWith("running-")).map((it) => join(local, it));
  const runs = new Map(await Promise.all(began.map(async (it) => [await readFile(it, "utf8").catch(() => ""), it] as const)));
  const locks = join(local, "locks");
  const files = await readdir(locks, { recursive: true }).catch(() => []);
  for (const file of files.filter((it) => it.endsWith(".json")).map((it) => join(locks, it))) {
    try {
      const { pid, hostname: host } = JSON.parse(await readFile(file, "utf8")) as { pid: number; hostname: string };
      const run = runs.get(runOf(pid));
      if (run === undefined || host !== hostname() || isAlive(pid)) continue;
      for (const it of [file, run]) await rm(it, { force: true });
    } catch {
      // One that just went, or that is written in another way, is left to Pulumi.
    }
  }
}

/** A folder that cannot be read would look like an empty one. */
async function requireAccess(folder: string): Promise<void> {
  const { R_OK, W_OK, X_OK } = constants;
  await access(folder, R_OK | W_OK | X_OK).catch((error: unknown) => {
    if ((error as NodeJS.ErrnoException).code === "EACCES")
      throw new UserError(`${folder} belongs to another user: run this as that user, with sudo if it is root.`);
  });
}

/** For commands that cannot let Pulumi ask. @throws UserError where the passphrase of the stacks is not known */
export function requirePassphrase(env: NodeJS.ProcessEnv): void {
  if (env.PULUMI_CONFIG_PASSPHRASE !== undefined || env.PULUMI_CONFIG_PASSPHRASE_FILE !== undefined) return;
  throw new UserError(
    "The stacks of this project have a passphrase that you chose: set PULUMI_CONFIG_PASSPHRASE to what you gave pulumi new, and try again.",
  );
}

/** Whether the user has chosen where stacks are kept: by environment, or by `pulumi login`. */
async function hasOwnBackend(given: NodeJS.ProcessEnv): Promise<boolean> {
  if ((unlessEmpty(given.PULUMI_BACKEND_URL) ?? unlessEmpty(given.PULUMI_ACCESS_TOKEN)) !== undefined) return true;
  const credentials = join(credentialsFolder(given), "credentials.json");
  if (!existsSync(credentials)) return false;
  const { current } = readJson(credentials) as { current?: string };
  return unlessEmpty(current) !== undefined;
}

async function passphraseFile(file: string): Promise<string> {
  const passphrase = randomBytes(24).toString("base64url");
  await writeWhole(file, passphrase, { mode: 0o600, exclusive: true }).catch((error: unknown) => {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
  });
  if (/^[\s\0]*$/.test(await readFile(file, "utf8")))
    throw new UserError(
      `${file} is empty, as a full disk may leave it: secrets would be encrypted with nothing.\n` +
        "→ remove it, and a new one is made. Stacks that were made with it open with an empty PULUMI_CONFIG_PASSPHRASE: destroy them first.",
    );
  return file;
}

/** Removes a lost passphrase's salt from stacks' files: else every command would fail in a checkout whose `.pulumi` is gone. */
async function dropForeignSalts(project: string): Promise<void> {
  for (const file of await saltedFiles(project)) {
    const path = join(project, file);
    const document = parseDocument(await readFile(path, "utf8"));
    const namespace = `${projectName(project)}:`;
    const settings = Object.entries((document.toJS() as { config?: object | null }).config ?? {});
    // A quote within a text would be escaped.
    const secrets = settings
      .filter(([, value]) => JSON.stringify(value).includes('"secure":'))
      .map(([key]) => key.replace(namespace, ""));
    if (secrets.length > 0) {
      throw new UserError(
        `${file} holds secrets (${secrets.join(", ")}) that cannot be decrypted: .pulumi/passphrase is missing.\n` +
          `Restore that file, or set PULUMI_CONFIG_PASSPHRASE, or remove these lines and set them again.`,
      );
    }
    document.delete("encryptionsalt");
    if (!document.has("config")) document.set("config", document.createNode({}, { flow: true }));
    await writeWhole(path, document.toString());
  }
}

/** Names of the `Pulumi.<stack>.yaml` files of a checkout that have the salt of a passphrase. */
async function saltedFiles(project: string): Promise<string[]> {
  const files = (await readdir(project)).filter((it) => /^Pulumi\..+\.yaml$/.test(it));
  const texts = await Promise.all(files.map((file) => readFile(join(project, file), "utf8")));
  return files.filter((_, i) => parseDocument(texts[i] ?? "").has("encryptionsalt"));
}
