import { fstatSync } from "node:fs";
import * as grpc from "@grpc/grpc-js";

/** The message size that the engine itself allows, in bytes: a stack with large objects exceeds gRPC's 4 MB. */
const MAX_MESSAGE_BYTES = 400 * 1024 * 1024;

/** gRPC options for both ends of a plugin connection. */
export const CHANNEL_OPTIONS: grpc.ChannelOptions = {
  "grpc.max_receive_message_length": MAX_MESSAGE_BYTES,
  "grpc.max_send_message_length": MAX_MESSAGE_BYTES,
};

/** What the engine puts on a plugin's command line. */
export interface PluginArguments {
  /** `host:port` of the engine's gRPC server; absent when the plugin is started by hand. */
  readonly engineAddress: string | undefined;
}

/**
 * Reads a plugin's arguments: `[--logtostderr] [-v=N] [--tracing URL] [ENGINE]` (sdk/v3 3.230.0, buildPluginArguments).
 * The engine's address, where there is one, is always the last.
 */
export function parsePluginArguments(argv: readonly string[]): PluginArguments {
  const last = argv.at(-1);
  const isValueOfFlag = argv.at(-2) === "--tracing";
  return { engineAddress: last === undefined || last.startsWith("-") || isValueOfFlag ? undefined : last };
}

/**
 * Starts the plugin's gRPC server on a free loopback port and prints the port, which is the only line a plugin may
 * ever print on stdout. Ends the process when the engine goes away.
 *
 * @param onStop runs before the process ends; for child processes and running waits.
 */
export async function servePlugin(
  service: grpc.ServiceDefinition,
  implementation: grpc.UntypedServiceImplementation,
  onStop: () => void = () => {},
): Promise<void> {
  const server = new grpc.Server(CHANNEL_OPTIONS);
  server.addService(service, implementation);
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync("127.0.0.1:0", grpc.ServerCredentials.createInsecure(), (error, bound) =>
      error ? reject(error) : resolve(bound),
    );
  });
  exitWithEngine(onStop);
  process.stdout.write(`${port}\n`);
}

/**
 * Ends this process, after `onStop`, when the engine ends it (SIGINT, SIGTERM) or has died. The engine keeps a pipe to
 * each plugin's stdin and writes nothing to it, so its end is the death of the engine, however it died.
 */
export function exitWithEngine(onStop: () => void = () => {}): void {
  const stop = (): void => {
    onStop();
    process.exit(0);
  };
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.once(signal, stop);
  if (stdinIsPipe()) {
    process.stdin.once("end", stop).once("error", stop);
    process.stdin.resume();
  }
}

/** Started by hand stdin is a terminal, or closed: then its end says nothing. */
function stdinIsPipe(): boolean {
  try {
    const stdin = fstatSync(0);
    return stdin.isFIFO() || stdin.isSocket();
  } catch {
    return false;
  }
}
