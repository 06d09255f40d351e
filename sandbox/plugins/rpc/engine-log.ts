import * as grpc from "@grpc/grpc-js";
import { EngineClient } from "@pulumi/pulumi/proto/engine_grpc_pb";
import { LogRequest, LogSeverity } from "@pulumi/pulumi/proto/engine_pb";
import { CHANNEL_OPTIONS } from "./server";

/** Tells the user what goes on, through the engine. What cannot be told is dropped: no update fails of its progress. */
export class EngineLog {
  #client: EngineClient | undefined;

  attach(engineAddress: string): void {
    this.#client = new EngineClient(engineAddress, grpc.credentials.createInsecure(), CHANNEL_OPTIONS);
  }

  /** Shown beside the resource while it is worked on, and forgotten with the next. */
  status(urn: string, message: string): void {
    this.#log(urn, message, LogSeverity.INFO, true);
  }

  /** Kept in the diagnostics. */
  warn(urn: string, message: string): void {
    this.#log(urn, message, LogSeverity.WARNING, false);
  }

  #log(urn: string, message: string, severity: LogSeverity, ephemeral: boolean): void {
    const request = new LogRequest().setUrn(urn).setMessage(message).setSeverity(severity).setEphemeral(ephemeral);
    this.#client?.log(request, () => {});
  }
}
