import * as grpc from "@grpc/grpc-js";
import { Any } from "google-protobuf/google/protobuf/any_pb";
import { Empty } from "google-protobuf/google/protobuf/empty_pb";
import { PluginInfo } from "@pulumi/pulumi/proto/plugin_pb";
import { ResourceProviderService, type IResourceProviderServer } from "@pulumi/pulumi/proto/provider_grpc_pb";
import * as proto from "@pulumi/pulumi/proto/provider_pb";
import { Status } from "@pulumi/pulumi/proto/status_pb";
import { diffProperties, formatPath, fromStruct, toStruct } from "./properties";
import { type DiffResult, InitializationError, type ResourceIdentity, type ResourceProvider } from "./provider";
import { engineAddressOf, sdkVersion, servePlugin } from "./server";

/**
 * Serves a provider to the engine until the engine goes away. `main` of `@pulumi/pulumi/provider` (3.230.0) cannot: it
 * passes on neither configuration, previews, old inputs nor time limits, and answers no invoke, diffConfig or detailed diff.
 */
export async function serveProvider(provider: ResourceProvider, argv: readonly string[]): Promise<void> {
  const engineAddress = engineAddressOf(argv);
  if (engineAddress !== undefined) provider.attach?.(engineAddress);
  await servePlugin(ResourceProviderService, methodsOf(provider), () => provider.cancel?.());
}

function methodsOf(provider: ResourceProvider): Partial<IResourceProviderServer> & grpc.UntypedServiceImplementation {
  const { packageName } = provider;
  return {
    getPluginInfo: answer((_: Empty) => new PluginInfo().setVersion(sdkVersion(`@pulumi/${packageName}`))),
    attach: answer((_: unknown) => new Empty()),
    cancel: answer((_: Empty) => {
      provider.cancel?.();
      return new Empty();
    }),
    checkConfig: answer((request: proto.CheckRequest) => new proto.CheckResponse().setInputs(request.getNews())),
    diffConfig: answer((request: proto.DiffRequest) => {
      const [old, next] = [fromStruct(request.getOldInputs() ?? request.getOlds()), fromStruct(request.getNews())];
      const changes = diffProperties(old, next).map((change) => ({ ...change, replace: false }));
      return diffResponse(provider.diffConfig?.(old, next) ?? { changes });
    }),
    configure: answer((request: proto.ConfigureRequest) => {
      provider.configure?.(fromStruct(request.getArgs()));
      return new proto.ConfigureResponse().setAcceptsecrets(true).setSupportspreview(true);
    }),
    invoke: answer(async (request: proto.InvokeRequest) => {
      const result = await provider.invoke(request.getTok(), fromStruct(request.getArgs()));
      return new proto.InvokeResponse().setReturn(toStruct(result));
    }),
    construct: answer((request: proto.ConstructRequest): proto.ConstructResponse => {
      throw new Error(
        `${request.getType()} is not supported by this plugin; install the official one: pulumi plugin install resource ${packageName}`,
      );
    }),
    check: answer(async (request: proto.CheckRequest) => {
      const { inputs, failures = [] } = await provider.check({
        ...identityOf(request),
        oldInputs: request.hasOlds() ? fromStruct(request.getOlds()) : undefined,
        newInputs: fromStruct(request.getNews()),
        randomSeed: request.getRandomseed_asU8(),
      });
      const listed = failures.map(({ property, reason }) => new proto.CheckFailure().setProperty(property).setReason(reason));
      return new proto.CheckResponse().setInputs(toStruct(inputs)).setFailuresList(listed);
    }),
    diff: answer(async (request: proto.DiffRequest) =>
      diffResponse(
        await provider.diff({
          ...oldStateOf(request, request.getOlds()),
          newInputs: fromStruct(request.getNews()),
        }),
      ),
    ),
    create: answer(async (request: proto.CreateRequest) => {
      const inputs = fromStruct(request.getProperties());
      const { id, outputs } = await provider.create({ ...identityOf(request), ...termsOf(request), inputs });
      return new proto.CreateResponse().setId(id).setProperties(toStruct(outputs));
    }),
    read: answer(async (request: proto.ReadRequest) => {
      const state = await provider.read({
        ...identityOf(request),
        id: request.getId(),
        oldInputs: request.hasInputs() ? fromStruct(request.getInputs()) : undefined,
        oldOutputs: fromStruct(request.getProperties()),
      });
      if (state === undefined) return new proto.ReadResponse();
      const response = new proto.ReadResponse().setId(state.id);
      return response.setProperties(toStruct(state.outputs)).setInputs(toStruct(state.inputs));
    }),
    update: answer(async (request: proto.UpdateRequest) => {
      const inputs = fromStruct(request.getNews());
      const outputs = await provider.update({ ...oldStateOf(request, request.getOlds()), ...termsOf(request), inputs });
      return new proto.UpdateResponse().setProperties(toStruct(outputs));
    }),
    delete: answer(async (request: proto.DeleteRequest) => {
      await provider.delete({ ...oldStateOf(request, request.getProperties()), timeoutSeconds: request.getTimeout() });
      return new Empty();
    }),
  };
}

/** A unary handler from a function: what it returns is the answer, what it throws is the error. */
function answer<Request, Response>(
  handle: (request: Request) => Response | Promise<Response>,
): grpc.handleUnaryCall<Request, Response> {
  return (call, reply) => {
    // The call of `handle` is inside the promise, so that what it throws before its first await is caught too.
    Promise.resolve(call.request)
      .then(handle)
      .then(
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

/** Old engines send only the URN: `urn:pulumi:STACK::PROJECT::PARENT$TYPE::NAME`. */
export function identityOf(request: { getUrn(): string }): ResourceIdentity {
  const urn = request.getUrn();
  const [, , qualifiedType = "", ...name] = urn.split("::");
  return { urn, type: qualifiedType.split("$").at(-1) ?? "", name: name.join("::") };
}

type OldStateRequest = proto.DiffRequest | proto.UpdateRequest | proto.DeleteRequest;

function oldStateOf(request: OldStateRequest, oldOutputs: Parameters<typeof fromStruct>[0]) {
  const oldInputs = fromStruct(request.getOldInputs());
  return { ...identityOf(request), id: request.getId(), oldInputs, oldOutputs: fromStruct(oldOutputs) };
}

function termsOf(request: proto.CreateRequest | proto.UpdateRequest) {
  return { preview: request.getPreview(), timeoutSeconds: request.getTimeout() };
}

const KINDS = {
  add: [proto.PropertyDiff.Kind.ADD, proto.PropertyDiff.Kind.ADD_REPLACE],
  delete: [proto.PropertyDiff.Kind.DELETE, proto.PropertyDiff.Kind.DELETE_REPLACE],
  update: [proto.PropertyDiff.Kind.UPDATE, proto.PropertyDiff.Kind.UPDATE_REPLACE],
} as const;

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
    const diff = new proto.PropertyDiff().setKind(KINDS[kind][replace ? 1 : 0]).setInputdiff(true);
    response.getDetaileddiffMap().set(formatPath(path), diff);
  }
  return response;
}
