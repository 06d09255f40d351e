import * as grpc from "@grpc/grpc-js";
import { Any } from "google-protobuf/google/protobuf/any_pb";
import { Empty } from "google-protobuf/google/protobuf/empty_pb";
import { Struct } from "google-protobuf/google/protobuf/struct_pb";
import { PluginInfo } from "@pulumi/pulumi/proto/plugin_pb";
import { ResourceProviderService, type IResourceProviderServer } from "@pulumi/pulumi/proto/provider_grpc_pb";
import * as proto from "@pulumi/pulumi/proto/provider_pb";
import { Status } from "@pulumi/pulumi/proto/status_pb";
import { fromStruct, type PropertyMap } from "./properties";
import { type DiffResult, InitializationError, remedy, type ResourceProvider, type ResourceRequest } from "./provider";
import { sdkVersion, servePlugin } from "./server";

/**
 * Serves a provider to the engine until the engine goes away. `main` of `@pulumi/pulumi/provider` (3.230.0) cannot: it
 * passes on neither configuration, previews, old inputs nor time limits, and answers no diffConfig or detailed diff.
 */
export async function serveProvider(provider: ResourceProvider): Promise<void> {
  const { packageName } = provider;
  const methods = {
    getPluginInfo: answer((_: Empty) => new PluginInfo().setVersion(sdkVersion(`@pulumi/${packageName}`))),
    cancel: answer((_: Empty) => {
      provider.cancel?.();
      return new Empty();
    }),
    diffConfig: answer((request: proto.DiffRequest) => {
      const old = fromStruct(request.getOldInputs() ?? request.getOlds());
      const next = fromStruct(request.getNews());
      return diffResponse(old, next, provider.diffConfig(old, next));
    }),
    configure: answer((request: proto.ConfigureRequest) => {
      provider.configure?.(fromStruct(request.getArgs()));
      return new proto.ConfigureResponse().setSupportspreview(true);
    }),
    invoke: answer((request: proto.InvokeRequest): proto.InvokeResponse => {
      throw new Error(`the function ${request.getTok()} is not known to this plugin; ${remedy(packageName)}`);
    }),
    check: answer(async (asked: proto.CheckRequest) => {
      const inputs = await provider.check(requestOf(asked, { oldInputs: asked.getOlds(), inputs: asked.getNews() }));
      return new proto.CheckResponse().setInputs(Struct.fromJavaScript(inputs));
    }),
    diff: answer((asked: proto.DiffRequest) => {
      const values = { oldInputs: asked.getOldInputs(), oldOutputs: asked.getOlds(), inputs: asked.getNews() };
      const request = requestOf(asked, values);
      return diffResponse(request.oldInputs, request.inputs, provider.diff(request));
    }),
    create: answer(async (asked: proto.CreateRequest) => {
      const { id, outputs } = await provider.create(requestOf(asked, { inputs: asked.getProperties() }));
      return new proto.CreateResponse().setId(id).setProperties(Struct.fromJavaScript(outputs));
    }),
    read: answer(async (asked: proto.ReadRequest) => {
      if (!asked.hasInputs())
        throw new Error(`${asked.getName()}: what the stack did not make cannot be read by this plugin; ${remedy(packageName)}`);
      const values = { oldInputs: asked.getInputs(), oldOutputs: asked.getProperties() };
      const state = await provider.read(requestOf(asked, values));
      if (state === undefined) return new proto.ReadResponse();
      const response = new proto.ReadResponse().setId(state.id).setInputs(Struct.fromJavaScript(state.inputs));
      return response.setProperties(Struct.fromJavaScript(state.outputs));
    }),
    update: answer(async (asked: proto.UpdateRequest) => {
      const values = { oldInputs: asked.getOldInputs(), oldOutputs: asked.getOlds(), inputs: asked.getNews() };
      return new proto.UpdateResponse().setProperties(Struct.fromJavaScript(await provider.update(requestOf(asked, values))));
    }),
    delete: answer(async (asked: proto.DeleteRequest) => {
      await provider.delete(requestOf(asked, { oldInputs: asked.getOldInputs(), oldOutputs: asked.getProperties() }));
      return new Empty();
    }),
  } satisfies Partial<IResourceProviderServer>;
  await servePlugin(ResourceProviderService, methods);
}

/** A unary handler from a function: what it returns is the answer, what it throws is the error. */
function answer<Request, Response>(
  handle: (request: Request) => Response | Promise<Response>,
): grpc.handleUnaryCall<Request, Response> {
  return (call, reply) => {
    const answering = async (): Promise<Response> => handle(call.request);
    answering().then(
      (response) => reply(null, response),
      (error: unknown) => reply(invalid(error)),
    );
  };
}

/** Turns whatever was thrown into the status that the engine shows: the message alone, no stack trace. */
export function invalid(error: unknown): Partial<grpc.StatusObject> & Error {
  const message = error instanceof Error ? error.message : String(error);
  const status = Object.assign(new Error(message), { code: grpc.status.UNKNOWN, details: message });
  return error instanceof InitializationError ? Object.assign(status, { metadata: initializationDetails(error) }) : status;
}

/** gRPC carries structured errors in the trailer `grpc-status-details-bin`; grpc-js leaves the packing to its user. */
function initializationDetails({ message, made }: InitializationError): grpc.Metadata {
  const detail = new proto.ErrorResourceInitFailed().setId(made.id).setReasonsList([message]);
  detail.setProperties(Struct.fromJavaScript(made.outputs)).setInputs(Struct.fromJavaScript(made.inputs));
  const any = new Any();
  any.pack(detail.serializeBinary(), "pulumirpc.ErrorResourceInitFailed");
  const status = new Status().setCode(grpc.status.UNKNOWN).setMessage(message);
  status.addDetails(any);
  const metadata = new grpc.Metadata();
  metadata.set("grpc-status-details-bin", Buffer.from(status.serializeBinary()));
  return metadata;
}

/** What the messages about a resource have in common; not all of them have all of it. */
type Message = Pick<proto.CheckRequest, "getUrn" | "getType" | "getName"> &
  Partial<Pick<proto.CheckRequest, "getRandomseed_asU8"> & Pick<proto.UpdateRequest, "getId" | "getPreview" | "getTimeout">>;

/** @param values what the messages call differently */
function requestOf(
  message: Message,
  values: Partial<Record<"inputs" | "oldInputs" | "oldOutputs", Struct | undefined>>,
): ResourceRequest {
  return {
    urn: message.getUrn(),
    type: message.getType(),
    name: message.getName(),
    id: message.getId?.() ?? "",
    inputs: fromStruct(values.inputs),
    oldInputs: fromStruct(values.oldInputs),
    oldOutputs: fromStruct(values.oldOutputs),
    preview: message.getPreview?.() ?? false,
    timeoutSeconds: message.getTimeout?.() ?? 0,
    randomSeed: message.getRandomseed_asU8?.() ?? new Uint8Array(),
  };
}

/** By whole properties: the engine finds what differs within them, and shows it. */
function diffResponse(old: PropertyMap, next: PropertyMap, { changed, replaced, deleteBeforeReplace = false }: DiffResult) {
  const { DIFF_NONE, DIFF_SOME } = proto.DiffResponse.DiffChanges;
  const replacing = replaced.map((field) => field.split(".")[0] ?? field);
  const response = new proto.DiffResponse()
    .setChanges(changed.length === 0 ? DIFF_NONE : DIFF_SOME)
    .setHasdetaileddiff(true)
    .setDeletebeforereplace(deleteBeforeReplace)
    .setDiffsList([...changed])
    .setReplacesList(replacing);
  for (const key of changed) {
    const kind = old[key] === undefined ? "ADD" : next[key] === undefined ? "DELETE" : "UPDATE";
    const shown = proto.PropertyDiff.Kind[replacing.includes(key) ? (`${kind}_REPLACE` as const) : kind];
    response.getDetaileddiffMap().set(key, new proto.PropertyDiff().setKind(shown).setInputdiff(true));
  }
  return response;
}
