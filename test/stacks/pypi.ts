import { existsSync } from "node:fs";
import { join } from "node:path";
import type { Context } from "mocha";
import { run } from "../../lib/command";
import { cacheDir } from "../../lib/paths";
import { skipBecause } from "../../lib/testing/skip";
import { waitFor } from "../../lib/wait";
import { freePort } from "../../standin/testing/redis";

interface PypiProgram {
  readonly program: string;
  readonly version: string;
  /** Default: the program's name. */
  readonly requirement?: string;
  /** The variable that, set to `install`, has it got from PyPI. */
  readonly wish: string;
}

/**
 * Finds a program of PyPI's in a virtual environment of its own in the cache. To be called in a `before` hook: the suite is
 * skipped where the program is neither there nor asked for.
 *
 * @returns its path
 */
export async function findPypiProgram(context: Context, { program, version, requirement = program, wish }: PypiProgram) {
  const folder = join(cacheDir(), `${program}-${version}`);
  const path = join(folder, "bin", program);
  if (process.env[wish] === "install" && !existsSync(path)) {
    await run("python3", ["-m", "venv", "--clear", folder]);
    await run(join(folder, "bin", "python"), ["-m", "pip", "install", "--quiet", `${requirement}==${version}`]);
  }
  if (existsSync(path)) return path;
  const remedy = `\`${wish}=install npm run test:scenarios\` gets it from PyPI for Python 3.10 or newer`;
  return skipBecause(context, `it is not in the cache; ${remedy}`);
}

/**
 * Starts a gateway on loopback until it is disposed of.
 *
 * @param args without host and port
 * @param health the path that it answers once it is ready
 */
export async function startOnLoopback(program: string, args: readonly string[], health: string, more: NodeJS.ProcessEnv = {}) {
  const port = await freePort();
  const stop = new AbortController();
  const env = { PATH: process.env.PATH, HOME: process.env.HOME, ...more };
  const all = ["--host", "127.0.0.1", "--port", String(port), ...args];
  const ended = run(program, all, { env, signal: stop.signal, tied: true }).catch((error: unknown) => error);
  const url = `http://127.0.0.1:${port}`;
  // LiteLLM takes ten seconds and more.
  await waitFor({ subject: program, limitMs: 240_000, intervalMs: 500 }, async (signal) => {
    const early = await Promise.race([ended, fetch(`${url}${health}`, { signal })]);
    if (!(early instanceof Response)) throw new Error(String(early));
    return early.ok || undefined;
  });
  return {
    url,
    async [Symbol.asyncDispose]() {
      stop.abort();
      await ended;
    },
  };
}
