import { randomBytes } from "node:crypto";
import {
  closeSync,
  createReadStream,
  lstatSync,
  openSync,
  readFileSync,
  readlinkSync,
  readSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { access, chmod, constants, link, mkdtemp, rename, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, dirname, join, resolve } from "node:path";
import { endings } from "./process";

export interface WriteOptions {
  /** Default: that of the file that is replaced, else 0666 less the umask. */
  readonly mode?: number;
  /** Fails with EEXIST where there is a file already. Default false: it is replaced. */
  readonly exclusive?: boolean;
}

type Content = string | Uint8Array | Iterable<string> | AsyncIterable<string | Uint8Array>;

/** Files that are not whole yet: they go with a process that ends first. */
const unfinished = new Set<string>();
const removeUnfinished = (): void => unfinished.forEach((it) => rmSync(it, { force: true }));
process.on("exit", removeUnfinished);

/** Ends the process as the signal does by default, unless others listen: these may want the file. */
function endBy(signal: NodeJS.Signals): void {
  if (process.listenerCount(signal) > 1) return;
  removeUnfinished();
  process.off(signal, endBy).kill(process.pid, signal);
}

/** Where this process finds its own open files, such as `/dev/stdout`. */
const openFiles = process.platform === "linux" ? `/proc/${process.pid}/fd` : "/dev/fd";

/** Where links lead, also to a file that is not there yet. An open file stays one: it has a position, and may have no name. */
export function destinationOf(file: string, links = 40): string {
  const folder = realpathSync(dirname(file));
  const path = join(folder, basename(file));
  const isLink = folder !== openFiles && lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink() === true;
  return isLink && links > 0 ? destinationOf(resolve(folder, readlinkSync(path)), links - 1) : path;
}

/**
 * Writes a file whole or not at all: beside it, under another name, which it gives up when every byte is on the disk.
 * Follows links, and writes straight into what cannot be replaced: what is no regular file, such as a pipe, a file that is
 * open already or mounted by itself, and one in a folder that takes no new ones.
 *
 * @throws Error that names the file, with the file system's code
 */
export async function writeWhole(file: string, content: Content, options: WriteOptions = {}): Promise<void> {
  try {
    await writeTo(destinationOf(file), content, options);
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === undefined) throw error;
    throw Object.assign(new Error(`${file} could not be written: ${message}`, { cause: error }), { code });
  }
}

async function writeTo(target: string, content: Content, { mode: wanted, exclusive }: WriteOptions): Promise<void> {
  const before = await stat(target).catch(() => undefined);
  const folder = dirname(target);
  if (folder === openFiles && before?.isFile() === true) {
    const pieces = typeof content === "string" || content instanceof Uint8Array ? [content] : content;
    for await (const piece of pieces) writeFileSync(Number(basename(target)), piece);
    return;
  }
  const refused = await access(folder, constants.W_OK).catch((error: unknown) => error);
  if (exclusive !== true && before !== undefined && (!before.isFile() || refused !== undefined))
    return writeFile(target, content);
  // Short, for the file's own name may be as long as names can be.
  const part = join(folder, `.${randomBytes(6).toString("hex")}.part`);
  // First, to see those that listen once.
  if (unfinished.size === 0) for (const signal of endings) process.prependListener(signal, endBy);
  unfinished.add(part);
  const mode = wanted ?? (before === undefined ? undefined : before.mode & 0o777);
  try {
    await writeFile(part, content, { flag: "wx", mode, flush: true });
    if (mode !== undefined) await chmod(part, mode);
    if (exclusive === true) await link(part, target);
    else await rename(part, target).catch(() => writeFile(target, createReadStream(part)));
  } finally {
    // Left where it was not renamed.
    await rm(part, { force: true });
    unfinished.delete(part);
    if (unfinished.size === 0) for (const signal of endings) process.off(signal, endBy);
  }
}

/** Reads a text file or a pipe. @throws Error of the file system, or that names the file where it is too large or a folder */
export function readAtMost(mostKiB: number, file: string): string {
  const descriptor = openSync(file, "r");
  try {
    const bytes = Buffer.alloc(mostKiB * 1024 + 1);
    let length = 0;
    for (let read = -1; read !== 0; length += read) read = readSync(descriptor, bytes, length, bytes.length - length, null);
    if (length === bytes.length) throw new Error(`${file} has more than ${mostKiB} KiB`);
    return bytes.toString("utf8", 0, length);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EISDIR") throw new Error(`${file} is a directory`, { cause: error });
    throw error;
  } finally {
    closeSync(descriptor);
  }
}

/** Reads an object from a file of JSON. @throws Error that names it, with what to do, when it cannot be read or is not whole */
export function readJson(file: string, remedy = ""): unknown {
  try {
    const value: unknown = JSON.parse(readFileSync(file, "utf8"));
    if (typeof value === "object" && value !== null) return value;
    throw new Error("it holds no object");
  } catch (error) {
    throw new Error(`${file} cannot be read: ${(error as Error).message}${remedy}`, { cause: error });
  }
}

/** The same for what may be lost: undefined where it is. */
export function readRecord<T>(file: string): T | undefined {
  try {
    return readJson(file) as T;
  } catch {
    return undefined;
  }
}

/** Makes an empty folder that goes, with all that is in it by then, when it is disposed of. */
export async function temporaryFolder(prefix: string): Promise<AsyncDisposable & { readonly path: string }> {
  const path = await mkdtemp(join(tmpdir(), prefix));
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) };
}
