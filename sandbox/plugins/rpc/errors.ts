import * as grpc from "@grpc/grpc-js";
import { Any } from "google-protobuf/google/protobuf/any_pb";
import { ErrorResourceInitFailed } from "@pulumi/pulumi/proto/provider_pb";
import { Status } from "@pulumi/pulumi/proto/status_pb";
import { toStruct, type PropertyMap } from "./properties";

/** The object exists, but did not become ready: the engine records it, marks it and tries again on the next `up`. */
export class InitializationError extends Error {
  override readonly name = "InitializationError";

  constructor(
    message: string,
    readonly id: string,
    readonly outputs: PropertyMap,
    readonly inputs: PropertyMap,
    readonly reasons: readonly string[],
  ) {
    super(message);
  }
}

/** Turns whatever was thrown into the status that the engine shows: the message alone, no stack trace. */
export function invalid(error: unknown): Partial<grpc.StatusObject> & Error {
  const message = error instanceof Error ? error.message : String(error);
  const status = Object.assign(new Error(message), { code: grpc.status.UNKNOWN, details: message });
  return error instanceof InitializationError ? Object.assign(status, { metadata: initializationDetails(error) }) : status;
}

/** gRPC carries structured errors in the trailer `grpc-status-details-bin`; grpc-js leaves the packing to its user. */
function initializationDetails(error: InitializationError): grpc.Metadata {
  const detail = new ErrorResourceInitFailed();
  detail.setId(error.id);
  detail.setProperties(toStruct(error.outputs));
  detail.setInputs(toStruct(error.inputs));
  detail.setReasonsList([...error.reasons]);
  const any = new Any();
  any.pack(detail.serializeBinary(), "pulumirpc.ErrorResourceInitFailed");
  const status = new Status();
  status.setCode(grpc.status.UNKNOWN);
  status.setMessage(error.message);
  status.addDetails(any);
  const metadata = new grpc.Metadata();
  metadata.set("grpc-status-details-bin", Buffer.from(status.serializeBinary()));
  return metadata;
}

/** Handlers that answer UNIMPLEMENTED for every method of a service; the engine falls back where it can. */
export function unimplementedMethods(service: grpc.ServiceDefinition, subject: string): grpc.UntypedServiceImplementation {
  return Object.fromEntries(
    Object.keys(service).map((method) => {
      const status = { code: grpc.status.UNIMPLEMENTED, details: `${method} is not implemented by ${subject}` };
      // Unary handlers answer by callback, streaming ones by an error on the stream.
      return [
        method,
        (call: grpc.ServerWritableStream<unknown, unknown>, reply?: grpc.sendUnaryData<unknown>): void =>
          reply === undefined ? void call.emit("error", status) : reply(status),
      ];
    }),
  );
}
