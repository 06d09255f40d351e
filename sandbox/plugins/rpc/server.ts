import { readFileSync } from "node:fs";
import { promisify } from "node:util";
import * as grpc from "@grpc/grpc-js";
import { EngineClient } from "@pulumi/pulumi/proto/engine_grpc_pb";
import { LogRequest, LogSeverity } from "@pulumi/pulumi/proto/engine_pb";

/** The message size that the engine itself allows, in bytes: a stack with large objects exceeds gRPC's 4 MB. */
const maxMessageBytes = 400 * 1024 * 1024;

/** The version of an installed npm package; a plugin has the version of the SDK that it serves. */
export function sdkVersion(packageName: string): string {
  const manifest = JSON.parse(readFileSync(require.resolve(`${packageName}/package.json`), "utf8")) as { version: string };
  return manifest.version;
}

/** What helps wherever a plugin knows less than the official one. */
export function remedy(packageName: string): string {
  return `install the official plugin: pulumi plugin install resource ${packageName}`;
}

/**
 * Starts the plugin's gRPC server on a free loopback port and prints the port, which is the only line a plugin may
 * ever print on stdout. Ends the process when the engine goes away. Methods without a handler answer UNIMPLEMENTED, and
 * the engine falls back where it can.
 */
export async function servePlugin(
  service: grpc.ServiceDefinition,
  methods: grpc.UntypedServiceImplementation,
  onStop?: () => void,
): Promise<void> {
  const server = new grpc.Server({ "grpc.max_receive_message_length": maxMessageBytes });
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

export type EngineLog = ReturnType<typeof engineLog>;

/**
 * Shows progress through the engine. What cannot be shown is dropped: no update fails because of its progress.
 * @param engineAddress the last of a plugin's arguments; undefined: nothing is shown
 */
export function engineLog(engineAddress?: string) {
  const client = engineAddress === undefined ? undefined : new EngineClient(engineAddress, grpc.credentials.createInsecure());
  const log = (request: LogRequest): void => void client?.log(request, () => {});
  return {
    /** Shown beside the resource until the next one. */
    status: (urn: string, message: string) =>
      log(new LogRequest().setUrn(urn).setMessage(message).setSeverity(LogSeverity.INFO).setEphemeral(true)),
    /** Kept in the diagnostics. */
    warn: (urn: string, message: string) =>
      log(new LogRequest().setUrn(urn).setMessage(message).setSeverity(LogSeverity.WARNING)),
  };
}
