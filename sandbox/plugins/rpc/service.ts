import * as grpc from "@grpc/grpc-js";
import { Any } from "google-protobuf/google/protobuf/any_pb";
import { Empty } from "google-protobuf/google/protobuf/empty_pb";
import { Struct } from "google-protobuf/google/protobuf/struct_pb";
import { PluginInfo } from "@pulumi/pulumi/proto/plugin_pb";
import { ResourceProviderService, type IResourceProviderServer } from "@pulumi/pulumi/proto/provider_grpc_pb";
import * as proto from "@pulumi/pulumi/proto/provider_pb";
import { Status } from "@pulumi/pulumi/proto/status_pb";
import { diffProperties, formatPath, fromStruct, type PropertyMap } from "./properties";
import { type DiffResult, InitializationError, remedy, type ResourceIdentity, type ResourceProvider } from "./provider";
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
      const [old, next] = [fromStruct(request.getOldInputs() ?? request.getOlds()), fromStruct(request.getNews())];
      const changes = diffProperties(old, next).map((change) => ({ ...change, replace: false }));
      return diffResponse(provider.diffConfig?.(old, next) ?? { changes });
    }),
    configure: answer((request: proto.ConfigureRequest) => {
      provider.configure?.(fromStruct(request.getArgs()));
      return new proto.ConfigureResponse().setSupportspreview(true);
    }),
    invoke: answer((request: proto.InvokeRequest): proto.InvokeResponse => {
      throw new Error(`the function ${request.getTok()} is not known to this plugin; ${remedy(packageName)}`);
    }),
    check: answer(async (request: proto.CheckRequest) => {
      const oldInputs = fromStruct(request.getOlds());
      const newInputs = fromStruct(request.getNews());
      const randomSeed = request.getRandomseed_asU8();
      const { inputs, failures = [] } = await provider.check({ ...identityOf(request), oldInputs, newInputs, randomSeed });
      const listed = failures.map(({ property, reason }) => new proto.CheckFailure().setProperty(property).setReason(reason));
      return new proto.CheckResponse().setInputs(toStruct(inputs)).setFailuresList(listed);
    }),
    diff: answer(async (request: proto.DiffRequest) => {
      const old = oldStateOf(request, request.getOldInputs(), request.getOlds());
      return diffResponse(await provider.diff({ ...old, newInputs: fromStruct(request.getNews()) }));
    }),
    create: answer(async (request: proto.CreateRequest) => {
      const inputs = fromStruct(request.getProperties());
      const { id, outputs } = await provider.create({ ...identityOf(request), ...termsOf(request), inputs });
      return new proto.CreateResponse().setId(id).setProperties(toStruct(outputs));
    }),
    read: answer(async (request: proto.ReadRequest) => {
      const old = oldStateOf(request, request.getInputs(), request.getProperties());
      if (!request.hasInputs()) {
        throw new Error(`${old.name}: what the stack did not make cannot be read by this plugin; ${remedy(packageName)}`);
      }
      const response = new proto.ReadResponse();
      const state = await provider.read(old);
      return state ? response.setId(state.id).setProperties(toStruct(state.outputs)).setInputs(toStruct(state.inputs)) : response;
    }),
    update: answer(async (request: proto.UpdateRequest) => {
      const old = oldStateOf(request, request.getOldInputs(), request.getOlds());
      const outputs = await provider.update({ ...old, ...termsOf(request), inputs: fromStruct(request.getNews()) });
      return new proto.UpdateResponse().setProperties(toStruct(outputs));
    }),
    delete: answer(async (request: proto.DeleteRequest) => {
      const old = oldStateOf(request, request.getOldInputs(), request.getProperties());
      await provider.delete({ ...old, timeoutSeconds: request.getTimeout() });
      return new Empty();
    }),
  } satisfies Partial<IResourceProviderServer>;
  await servePlugin(ResourceProviderService, methods, () => provider.cancel?.());
}

function toStruct(map: PropertyMap): Struct {
  return Struct.fromJavaScript(map);
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
function initializationDetails({ id, outputs, inputs, message }: InitializationError): grpc.Metadata {
  const detail = new proto.ErrorResourceInitFailed().setId(id).setReasonsList([message]);
  detail.setProperties(toStruct(outputs)).setInputs(toStruct(inputs));
  const any = new Any();
  any.pack(detail.serializeBinary(), "pulumirpc.ErrorResourceInitFailed");
  const status = new Status().setCode(grpc.status.UNKNOWN).setMessage(message);
  status.addDetails(any);
  const metadata = new grpc.Metadata();
  metadata.set("grpc-status-details-bin", Buffer.from(status.serializeBinary()));
  return metadata;
}

/** What requests about a resource have in common. */
type ResourceRequest = Pick<proto.CheckRequest, "getUrn" | "getType" | "getName">;

function identityOf(request: ResourceRequest): ResourceIdentity {
  return { urn: request.getUrn(), type: request.getType(), name: request.getName() };
}

function oldStateOf(request: ResourceRequest & { getId(): string }, inputs: Struct | undefined, outputs: Struct | undefined) {
  return { ...identityOf(request), id: request.getId(), oldInputs: fromStruct(inputs), oldOutputs: fromStruct(outputs) };
}

function termsOf(request: proto.CreateRequest | proto.UpdateRequest) {
  return { preview: request.getPreview(), timeoutSeconds: request.getTimeout() };
}

function diffResponse({ changes, deleteBeforeReplace = false }: DiffResult): proto.DiffResponse {
  const { DIFF_NONE, DIFF_SOME } = proto.DiffResponse.DiffChanges;
  const roots = (of: DiffResult["changes"]): string[] => [...new Set(of.map(({ path }) => String(path[0])))];
  const response = new proto.DiffResponse()
    .setChanges(changes.length === 0 ? DIFF_NONE : DIFF_SOME)
    .setHasdetaileddiff(true)
    .setDeletebeforereplace(deleteBeforeReplace)
    .setDiffsList(roots(changes))
    .setReplacesList(roots(changes.filter(({ replace }) => replace)));
  for (const { path, kind, replace } of changes) {
    const diff = new proto.PropertyDiff().setKind(proto.PropertyDiff.Kind[replace ? (`${kind}_REPLACE` as const) : kind]);
    response.getDetaileddiffMap().set(formatPath(path), diff.setInputdiff(true));
  }
  return response;
}
