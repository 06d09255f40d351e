import type * as grpc from "@grpc/grpc-js";
import { Empty } from "google-protobuf/google/protobuf/empty_pb";
import { PluginInfo } from "@pulumi/pulumi/proto/plugin_pb";
import { ResourceProviderService, type IResourceProviderServer } from "@pulumi/pulumi/proto/provider_grpc_pb";
import * as proto from "@pulumi/pulumi/proto/provider_pb";
import { diffProperties, formatPath } from "./diff";
import { invalid, unimplementedMethods } from "./errors";
import { sdkVersion } from "./package";
import { fromStruct, toStruct } from "./properties";
import type { CheckResult, DiffResult, ResourceIdentity, ResourceProvider } from "./provider";
import { parsePluginArguments, servePlugin } from "./server";

/** Serves a provider to the engine until the engine goes away. */
export async function serveProvider(provider: ResourceProvider, argv: readonly string[]): Promise<void> {
  const { engineAddress } = parsePluginArguments(argv);
  if (engineAddress !== undefined) provider.attach?.(engineAddress);
  const unimplemented = unimplementedMethods(ResourceProviderService, `this ${provider.packageName} plugin`);
  await servePlugin(ResourceProviderService, { ...unimplemented, ...methodsOf(provider) }, () => provider.cancel?.());
}

function methodsOf(provider: ResourceProvider): Partial<IResourceProviderServer> & grpc.UntypedServiceImplementation {
  return {
    getPluginInfo: answer((_: Empty) => new PluginInfo().setVersion(sdkVersion(provider.sdkPackage))),
    attach: answer((_: unknown) => new Empty()),
    cancel: answer((_: Empty) => {
      provider.cancel?.();
      return new Empty();
    }),
    checkConfig: answer((request: proto.CheckRequest) => {
      const inputs = fromStruct(request.getNews());
      return checkResponse(provider.checkConfig?.(inputs) ?? { inputs });
    }),
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
      const { packageName } = provider;
      throw new Error(
        `${request.getType()} is not supported by this plugin; install the official one: pulumi plugin install resource ${packageName}`,
      );
    }),
    check: answer(async (request: proto.CheckRequest) =>
      checkResponse(
        await provider.check({
          ...identityOf(request),
          oldInputs: request.hasOlds() ? fromStruct(request.getOlds()) : undefined,
          newInputs: fromStruct(request.getNews()),
          randomSeed: request.getRandomseed_asU8(),
        }),
      ),
    ),
    diff: answer(async (request: proto.DiffRequest) =>
      diffResponse(
        await provider.diff({
          ...identityOf(request),
          id: request.getId(),
          oldInputs: fromStruct(request.getOldInputs()),
          oldOutputs: fromStruct(request.getOlds()),
          newInputs: fromStruct(request.getNews()),
          ignoreChanges: request.getIgnorechangesList(),
        }),
      ),
    ),
    create: answer(async (request: proto.CreateRequest) => {
      const { id, outputs } = await provider.create({
        ...identityOf(request),
        inputs: fromStruct(request.getProperties()),
        preview: request.getPreview(),
        timeoutSeconds: request.getTimeout(),
      });
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
      const outputs = await provider.update({
        ...identityOf(request),
        id: request.getId(),
        oldInputs: fromStruct(request.getOldInputs()),
        oldOutputs: fromStruct(request.getOlds()),
        inputs: fromStruct(request.getNews()),
        preview: request.getPreview(),
        timeoutSeconds: request.getTimeout(),
      });
      return new proto.UpdateResponse().setProperties(toStruct(outputs));
    }),
    delete: answer(async (request: proto.DeleteRequest) => {
      await provider.delete({
        ...identityOf(request),
        id: request.getId(),
        oldInputs: fromStruct(request.getOldInputs()),
        oldOutputs: fromStruct(request.getProperties()),
        timeoutSeconds: request.getTimeout(),
      });
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

/** Old engines send only the URN: `urn:pulumi:STACK::PROJECT::PARENT$TYPE::NAME`. */
export function identityOf(request: { getUrn(): string }): ResourceIdentity {
  const urn = request.getUrn();
  const [, , qualifiedType = "", ...name] = urn.split("::");
  return { urn, type: qualifiedType.split("$").at(-1) ?? "", name: name.join("::") };
}

function checkResponse({ inputs, failures = [] }: CheckResult): proto.CheckResponse {
  const listed = failures.map(({ property, reason }) => new proto.CheckFailure().setProperty(property).setReason(reason));
  return new proto.CheckResponse().setInputs(toStruct(inputs)).setFailuresList(listed);
}

const KINDS = {
  add: [proto.PropertyDiff.Kind.ADD, proto.PropertyDiff.Kind.ADD_REPLACE],
  delete: [proto.PropertyDiff.Kind.DELETE, proto.PropertyDiff.Kind.DELETE_REPLACE],
  update: [proto.PropertyDiff.Kind.UPDATE, proto.PropertyDiff.Kind.UPDATE_REPLACE],
} as const;

function diffResponse({ changes, deleteBeforeReplace = false }: DiffResult): proto.DiffResponse {
  const { DIFF_NONE, DIFF_SOME } = proto.DiffResponse.DiffChanges;
  const response = new proto.DiffResponse()
    .setChanges(changes.length === 0 ? DIFF_NONE : DIFF_SOME)
    .setHasdetaileddiff(true)
    .setDeletebeforereplace(deleteBeforeReplace)
    .setDiffsList([...new Set(changes.map(({ path }) => String(path[0])))])
    .setReplacesList([...new Set(changes.filter(({ replace }) => replace).map(({ path }) => String(path[0])))]);
  for (const { path, kind, replace } of changes) {
    const diff = new proto.PropertyDiff().setKind(KINDS[kind][replace ? 1 : 0]).setInputdiff(true);
    response.getDetaileddiffMap().set(formatPath(path), diff);
  }
  return response;
}
