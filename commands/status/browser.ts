import axios from "axios";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { delimiter, join } from "node:path";
import type { Readable } from "node:stream";
import { connectionProblem } from "../../verify/common/connection-problem";

/** The command that opens a page in the browser; undefined where there is no desktop. */
export function openerOf(
  url: string,
  platform: NodeJS.Platform,
  env: NodeJS.ProcessEnv,
): readonly [command: string, ...args: string[]] | undefined {
  if (platform === "darwin") return ["open", url];
  const hasScreen = [env.DISPLAY, env.WAYLAND_DISPLAY].some((it) => it !== undefined && it !== "");
  const folders = (env.PATH ?? "").split(delimiter);
  const program = folders.map((folder) => join(folder, "xdg-open")).find((it) => existsSync(it));
  return hasScreen && program !== undefined ? [program, url] : undefined;
}

/** How long to wait for an opener to end, in milliseconds: some stay until the browser ends. */
const patienceMs = 5_000;

/**
 * Opens a page and leaves the browser running.
 * @returns why it could not be opened, if so
 */
export async function openPage([command, ...args]: readonly [string, ...string[]]): Promise<string | undefined> {
  const child = spawn(command, args, { stdio: "ignore", detached: true });
  const patience = AbortSignal.timeout(patienceMs);
  try {
    const [code] = (await once(child, "exit", { signal: patience })) as [number | null];
    return code === 0 ? undefined : `${command} exited with ${code ?? "a signal"}`;
  } catch (error) {
    return patience.aborted ? undefined : (error as Error).message;
  } finally {
    child.unref();
  }
}

/** What a page answers. */
export interface Answer {
  readonly status: number;
  /** How its text begins. */
  readonly head: string;
}

const headLength = 4_096;

/**
 * Asks a page as a browser would; any status is an answer.
 * @param ms limit of the answer in milliseconds
 * @returns the answer, or in words why there is none
 */
export async function visit(url: string, signal: AbortSignal, ms = 5_000): Promise<Answer | string> {
  // axios' own limit does not count the time that connecting takes.
  const limit = AbortSignal.timeout(ms);
  try {
    const { status, data } = await axios.get<Readable>(url, {
      signal: AbortSignal.any([signal, limit]),
      maxRedirects: 0,
      validateStatus: () => true,
      responseType: "stream",
      proxy: false,
    });
    let head = "";
    for await (const chunk of data) if ((head += String(chunk)).length >= headLength) break;
    return { status, head: head.slice(0, headLength) };
  } catch (error) {
    if (limit.aborted) return `no answer within ${ms / 1000} s`;
    return connectionProblem(axios.isAxiosError(error) ? (error.cause ?? error) : error);
  }
}
