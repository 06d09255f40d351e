import * as grpc from "@grpc/grpc-js";
import { ErrorResourceInitFailed } from "@pulumi/pulumi/proto/provider_pb";
import { Status } from "@pulumi/pulumi/proto/status_pb";
import { Any } from "google-protobuf/google/protobuf/any_pb";
import { Struct } from "google-protobuf/google/protobuf/struct_pb";
import type { PropertyMap } from "./properties";

/** The object exists, but did not become ready: the engine records it, marks it and tries again on the next `up`. */
export class InitializationError extends Error {
  override readonly name = "InitializationError";

  constructor(
    message: string,
    readonly made: Readonly<{ id: string; inputs: PropertyMap; outputs: PropertyMap }>,
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
function initializationDetails({ message, made }: InitializationError): grpc.Metadata {
  const detail = new ErrorResourceInitFailed().setId(made.id).setReasonsList([message]);
  detail.setProperties(Struct.fromJavaScript(made.outputs)).setInputs(Struct.fromJavaScript(made.inputs));
  const any = new Any();
  any.pack(detail.serializeBinary(), "pulumirpc.ErrorResourceInitFailed");
  const status = new Status().setCode(grpc.status.UNKNOWN).setMessage(message);
  status.addDetails(any);
  const metadata = new grpc.Metadata();
  metadata.set("grpc-status-details-bin", Buffer.from(status.serializeBinary()));
  return metadata;
}
