import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { delimiter, join } from "node:path";

/** What tells how a page is opened here. */
export interface Desktop {
  readonly platform: NodeJS.Platform;
  readonly env: NodeJS.ProcessEnv;
}

/** A command that opens a page. */
export interface Opener {
  readonly command: string;
  readonly args: readonly string[];
}

/**
 * How a page is opened in the browser; undefined where there is no desktop.
 * @param url a URL of ours: on Windows the shell reads it
 */
export function openerOf(url: string, { platform, env }: Desktop): Opener | undefined {
  if (platform === "darwin") return { command: "open", args: [url] };
  // `start` takes a first text in quotes for the window's title.
  if (platform === "win32") return { command: "cmd", args: ["/c", "start", '""', url.replaceAll("&", "^&")] };
  const hasScreen = [env.DISPLAY, env.WAYLAND_DISPLAY].some((it) => it !== undefined && it !== "");
  const program = (env.PATH ?? "")
    .split(delimiter)
    .map((folder) => join(folder, "xdg-open"))
    .find((it) => existsSync(it));
  return hasScreen && program !== undefined ? { command: program, args: [url] } : undefined;
}

/** How long an opener that does not end by itself is waited for, in milliseconds: some stay until the browser ends. */
const patienceMs = 5_000;

/**
 * Opens a page and leaves the browser to itself.
 * @returns why it could not be opened, where that is so
 */
export async function openPage({ command, args }: Opener): Promise<string | undefined> {
  const child = spawn(command, args, { stdio: "ignore", detached: true });
  let patience: NodeJS.Timeout | undefined;
  try {
    return await new Promise<string | undefined>((resolve) => {
      child.once("error", ({ message }) => resolve(message));
      child.once("exit", (code) => resolve(code === 0 ? undefined : `${command} exited with ${code ?? "a signal"}`));
      patience = setTimeout(() => resolve(undefined), patienceMs);
    });
  } finally {
    clearTimeout(patience);
    child.unref();
  }
}
