import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdir, readdir, rename, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { CommandError, run } from "../../lib/command";
import { underLock } from "../../lib/lock";
import { cacheDir, configDir } from "../../lib/paths";
import type { Progress } from "../../lib/progress";
import { waitFor, within } from "../../lib/wait";
import { ensureTools } from "../toolchain/ensure";
import { type ImageConfig, imagePlatform, WrongImage } from "./saved";

/** Longest time for a registry to say what an image is, in milliseconds; a proxy's own look-ups included. */
const lookLimitMs = 5_000;
/** A download that gets nothing for so long is given up, in milliseconds. */
const stallLimitMs = 60_000;

/** How an image is asked for. */
export interface PullOptions {
  readonly progress: Progress;
  readonly signal?: AbortSignal;
}

/**
 * Asks a registry what an image is, without its layers.
 *
 * @throws Error with what the registry, or the way to it, said
 */
export async function lookUpImage(reference: string, { progress, signal }: PullOptions): Promise<ImageConfig> {
  const { containerd } = await ensureTools(["containerd"], progress, signal);
  const look = async (either: AbortSignal): Promise<ImageConfig> => {
    // The client reads these without a containerd.
    const read = async <T>(name: string): Promise<T> => {
      const text = await registryCommand(containerd.binaries["ctr"] ?? "ctr", name, ["content", "fetch-object"], either);
      return JSON.parse(text) as T;
    };
    const repository = reference.replace(/(:[^:/@]*)?(@[^@]*)?$/, "");
    let manifest = await read<Manifest>(reference);
    if (manifest.manifests !== undefined) {
      const [os, architecture] = imagePlatform.split("/");
      const mine = manifest.manifests.find(({ platform }) => platform?.os === os && platform?.architecture === architecture);
      if (mine === undefined) throw new WrongImage(notPublished);
      manifest = await read<Manifest>(`${repository}@${mine.digest}`);
    }
    if (manifest.config === undefined) throw new Error("its registry describes no image for containers");
    return read<ImageConfig>(`${repository}@${manifest.config.digest}`);
  };
  const late = (): Error => new Error(`the registry did not answer within ${lookLimitMs / 1000} s`);
  return within(lookLimitMs, signal, look, late);
}

/** A manifest, or an index of those for several platforms. Source: OCI image specification 1.1. */
interface Manifest {
  readonly config?: { readonly digest: string };
  readonly manifests?: readonly {
    readonly digest: string;
    readonly platform?: { readonly os: string; readonly architecture: string };
  }[];
}

/**
 * Pulls an image over this machine's network and writes it to `file`, as `docker save` would, with a containerd that runs
 * nothing; one at a time, so that what is found there was left by a run that was killed.
 *
 * @throws Error with what the registry said, or what there was no room for
 */
export async function pullImage(reference: string, file: string, { progress, signal }: PullOptions): Promise<void> {
  const folder = join(cacheDir(), "images", "pull");
  const { containerd } = await ensureTools(["containerd"], progress, signal);
  const { containerd: daemon = "containerd", ctr = "ctr" } = containerd.binaries;
  const socket = join(folder, "containerd.sock");
  const address = ["--address", socket];
  const pull = async (detail: (text: string) => void, held: AbortSignal): Promise<void> => {
    await rm(folder, { recursive: true, force: true });
    await mkdir(folder, { recursive: true, mode: 0o700 });
    const config = join(folder, "containerd.toml");
    await writeFile(config, containerdConfig(folder, socket));
    // It ends with this process, however that ends.
    const child = spawn("setpriv", ["--pdeathsig", "KILL", daemon, "--config", config], { stdio: "ignore", detached: true });
    const ended = new Promise<void>((resolve) => child.once("close", () => resolve()).once("error", () => resolve()));
    try {
      const wait = { subject: `containerd for images (${daemon})`, limitMs: 20_000, intervalMs: 50, signal: held };
      await waitFor(wait, () => (existsSync(socket) ? run(ctr, [...address, "version"], { signal: held }) : undefined));
      const fetch = [...address, "content", "fetch", "--platform", imagePlatform];
      await unlessStalled(folder, detail, held, (either) => registryCommand(ctr, reference, fetch, either));
      const part = join(folder, "saved.tar");
      const save = [...address, "images", "export", "--platform", imagePlatform, part, reference];
      await explaining(() => run(ctr, save, { signal: held }), held);
      await rename(part, file);
    } finally {
      child.kill("SIGKILL");
      await ended;
    }
  };
  await progress.step(`image ${reference}`, (detail) => {
    const work = (held: AbortSignal) => pull(detail, held).finally(() => rm(folder, { recursive: true, force: true }));
    return underLock(folder, () => undefined, work, signal);
  });
}

/** Runs `ctr` for something that it asks a registry for. @throws Error with what that means */
async function registryCommand(ctr: string, reference: string, args: readonly string[], signal?: AbortSignal): Promise<string> {
  const host = reference.split("/")[0] ?? "";
  // The user's settings for the registry (docs/images.md).
  const hosts = [join(configDir(), "certs.d"), "/etc/containerd/certs.d"].find((it) => existsSync(join(it, host)));
  const all = [...args, ...(hosts === undefined ? [] : ["--hosts-dir", hosts]), reference];
  return explaining(() => run(ctr, all, { signal }), signal);
}

async function explaining<T>(work: () => Promise<T>, signal?: AbortSignal): Promise<T> {
  return work().catch((error: unknown) => {
    throw error instanceof CommandError && signal?.aborted !== true ? explained(error.output) : error;
  });
}

/** Ends a download into a containerd's folder that gets nothing any more. */
async function unlessStalled(
  folder: string,
  detail: (text: string) => void,
  signal: AbortSignal,
  download: (either: AbortSignal) => Promise<unknown>,
): Promise<void> {
  const stalled = new AbortController();
  let [size, grewAt] = [0, performance.now()];
  const look = async (): Promise<void> => {
    const bytes = await contentSize(folder);
    if (bytes > size) [size, grewAt] = [bytes, performance.now()];
    else if (performance.now() - grewAt > stallLimitMs) stalled.abort();
    detail(`${Math.round(size / 1e6)} MB`);
  };
  const told = setInterval(() => void look(), 1_000);
  try {
    await download(AbortSignal.any([signal, stalled.signal]));
  } catch (error) {
    if (!stalled.signal.aborted) throw error;
    throw new Error(`the registry sent nothing for ${stallLimitMs / 1_000} s; run again`, { cause: error });
  } finally {
    clearInterval(told);
  }
}

/** Bytes that are there, those of layers under way included. */
async function contentSize(folder: string): Promise<number> {
  const content = join(folder, "root", "io.containerd.content.v1.content");
  const files = await readdir(content, { recursive: true }).catch(() => []);
  const sizes = await Promise.all(files.map((it) => stat(join(content, it)).catch(() => undefined)));
  return sizes.reduce((sum, it) => sum + (it?.isFile() === true ? it.size : 0), 0);
}

const notPublished = `it is not published for ${imagePlatform}`;

/** What a registry's refusal means, in a line. */
function explained(output: string): Error {
  const last = output.trim().split("\n").at(-1) ?? "";
  const said = last.replace(/^ctr: /, "").replace(/^failed to resolve reference "[^"]*": /, "");
  const unknown = /\blookup (\S+)( on \S+)?: no such host/.exec(said)?.[1];
  if (unknown !== undefined) return new Error(`the host ${unknown} is not known on this machine`);
  if (/no space left/i.test(said)) return new Error(`the disk is full at ${cacheDir()}`);
  if (said.includes("no match for platform")) return new WrongImage(notPublished);
  if (/\b(401|403)\b|authorization failed|insufficient_scope|pull access denied/i.test(said))
    return new Error(`its registry wants a login (${said.slice(0, 200)})`);
  if (/x509|certificate/.test(said)) return new Error(`its registry's certificate is not trusted here: ${said.slice(0, 300)}`);
  return said.includes("not found") ? new WrongImage(said.slice(0, 300)) : new Error(said.slice(0, 300));
}

function containerdConfig(folder: string, socket: string): string {
  return `version = 2
root = "${join(folder, "root")}"
state = "${join(folder, "state")}"
disabled_plugins = ["io.containerd.grpc.v1.cri", "io.containerd.internal.v1.opt"]
[grpc]
  address = "${socket}"
[ttrpc]
  address = "${socket}.ttrpc"
`;
}
