import { randomInt } from "node:crypto";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { StartedProcess } from "./process";

/** How often another port is tried when someone else was quicker to take one. */
const PORT_ATTEMPTS = 3;

export interface RedisOptions {
  readonly password?: string;
  /** What its account may, as rules of an access list; needs a password. Default: everything. */
  readonly rules?: string;
  /** Memory for data, as redis.conf writes it; then the least recently used keys make room. Default: no limit. */
  readonly maxMemory?: string;
}

/** Starts an empty `redis-server`. @throws Error with its output when it does not come up, or when it is not installed */
export async function startRedis(options: RedisOptions = {}): Promise<StartedRedis> {
  for (let attempt = 1; ; attempt++) {
    const port = await freePort();
    try {
      return new StartedRedis(port, options, await launch(port, options));
    } catch (error) {
      if (attempt === PORT_ATTEMPTS || !String(error).includes("in use")) throw error;
    }
  }
}

/** A `redis-server` process on a port of its own, without persistence. */
export class StartedRedis implements AsyncDisposable {
  constructor(
    readonly port: number,
    private readonly options: RedisOptions,
    private process: StartedProcess<true>,
  ) {}

  /** `redis://[:password@]127.0.0.1:<port>`. */
  get url(): string {
    const { password } = this.options;
    const login = password === undefined ? "" : `:${encodeURIComponent(password)}@`;
    return `redis://${login}127.0.0.1:${this.port}`;
  }

  /** Ends the server at once; everything it held is lost. */
  async kill(): Promise<void> {
    await this.process.stop("SIGKILL");
  }

  /** Starts an empty server on the same port, after {@link kill} or in place of the running one. */
  async restart(): Promise<void> {
    await this.kill();
    this.process = await launch(this.port, this.options);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kill();
  }
}

function launch(port: number, { password, rules, maxMemory }: RedisOptions): Promise<StartedProcess<true>> {
  const config = [`port ${port}`, `dir "${tmpdir()}"`];
  if (maxMemory !== undefined) config.push(`maxmemory ${maxMemory}`, "maxmemory-policy allkeys-lru");
  if (rules !== undefined) config.push(`user default on ">${password}" ${rules}`);
  else if (password !== undefined) config.push(`requirepass "${password}"`);
  return redisServer(config);
}

/**
 * Starts `redis-server` on loopback, without persistence.
 *
 * @param lines further ones of redis.conf: they go through standard input, for arguments would show a password to everybody
 */
export function redisServer(lines: readonly string[]): Promise<StartedProcess<true>> {
  const config = ["bind 127.0.0.1", 'save ""', "appendonly no", ...lines];
  return StartedProcess.start({
    name: "redis-server",
    command: "redis-server",
    args: ["-"],
    stdin: `${config.join("\n")}\n`,
    ready: (line) => line.includes("Ready to accept connections") || undefined,
  });
}

/** Below those that kernels give to whoever connects or listens anywhere, and so take at any moment. */
const ownPorts = { from: 20_000, count: 10_000 } as const;

/** A port of an address of this machine that nobody listens on. @throws Error when there is none */
export async function freePort(address = "127.0.0.1"): Promise<number> {
  for (let attempt = 0; attempt < ownPorts.count; attempt++) {
    const port = ownPorts.from + randomInt(ownPorts.count);
    if (await isFree(port, address)) return port;
  }
  throw new Error(`no port from ${ownPorts.from} to ${ownPorts.from + ownPorts.count - 1} is free`);
}

async function isFree(port: number, address: string): Promise<boolean> {
  const server = createServer();
  const listens = await new Promise<boolean>((resolve) => {
    server.once("error", () => resolve(false));
    server.listen(port, address, () => resolve(true));
  });
  if (listens) await new Promise((resolve) => server.close(resolve));
  return listens;
}
