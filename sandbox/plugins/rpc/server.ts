import { readFileSync } from "node:fs";
import { promisify } from "node:util";
import * as grpc from "@grpc/grpc-js";
import { EngineClient } from "@pulumi/pulumi/proto/engine_grpc_pb";
import { LogRequest, LogSeverity } from "@pulumi/pulumi/proto/engine_pb";

/** The message size that the engine itself allows, in bytes: a stack with large objects exceeds gRPC's 4 MB. */
const MAX_MESSAGE_BYTES = 400 * 1024 * 1024;

/** gRPC options for both ends of a plugin connection. */
const CHANNEL_OPTIONS: grpc.ChannelOptions = {
  "grpc.max_receive_message_length": MAX_MESSAGE_BYTES,
  "grpc.max_send_message_length": MAX_MESSAGE_BYTES,
};

/**
 * `host:port` of the engine, from `[--logtostderr] [-v=N] [--tracing URL] [ENGINE]` (sdk/v3 3.230.0,
 * buildPluginArguments). It is always the last; undefined when the plugin is started by hand.
 */
export function engineAddressOf(argv: readonly string[]): string | undefined {
  const last = argv.at(-1);
  return last === undefined || last.startsWith("-") || argv.at(-2) === "--tracing" ? undefined : last;
}

/** The version of an installed npm package; a plugin has the version of the SDK that it serves. */
export function sdkVersion(packageName: string): string {
  const manifest = JSON.parse(readFileSync(require.resolve(`${packageName}/package.json`), "utf8")) as { version: string };
  return manifest.version;
}

/**
 * Starts the plugin's gRPC server on a free loopback port and prints the port, which is the only line a plugin may
 * ever print on stdout. Ends the process when the engine goes away. Methods without a handler answer UNIMPLEMENTED, and
 * the engine falls back where it can.
 *
 * @param onStop runs before the process ends; for child processes and running waits.
 */
export async function servePlugin(
  service: grpc.ServiceDefinition,
  methods: grpc.UntypedServiceImplementation,
  onStop: () => void,
): Promise<void> {
  const server = new grpc.Server(CHANNEL_OPTIONS);
  server.addService(service, methods);
  const port = await promisify(server.bindAsync.bind(server))("127.0.0.1:0", grpc.ServerCredentials.createInsecure());
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
  process.stdin.once("end", stop).once("error", stop).resume();
}

/** Shows progress through the engine. What cannot be shown is dropped: no update fails because of its progress. */
export class EngineLog {
  readonly #client: EngineClient | undefined;

  /** @param engineAddress undefined: nothing is shown */
  constructor(engineAddress: string | undefined) {
    if (engineAddress === undefined) return;
    this.#client = new EngineClient(engineAddress, grpc.credentials.createInsecure(), CHANNEL_OPTIONS);
  }

  /** Shown beside the resource until the next one. */
  status(urn: string, message: string): void {
    this.#log(new LogRequest().setUrn(urn).setMessage(message).setSeverity(LogSeverity.INFO).setEphemeral(true));
  }

  /** Kept in the diagnostics. */
  warn(urn: string, message: string): void {
    this.#log(new LogRequest().setUrn(urn).setMessage(message).setSeverity(LogSeverity.WARNING));
  }

  #log(request: LogRequest): void {
    this.#client?.log(request, () => {});
  }
}
