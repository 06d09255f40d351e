import * as grpc from "@grpc/grpc-js";
import { Empty } from "google-protobuf/google/protobuf/empty_pb";
import { Struct } from "google-protobuf/google/protobuf/struct_pb";
import { PluginInfo } from "@pulumi/pulumi/proto/plugin_pb";
import { ResourceProviderService, type IResourceProviderServer } from "@pulumi/pulumi/proto/provider_grpc_pb";
import * as proto from "@pulumi/pulumi/proto/provider_pb";
import { invalid } from "../rpc/errors";
import { fromStruct } from "../rpc/properties";
import { engineLog, remedy, sdkVersion, servePlugin } from "../rpc/server";
import { diffObjects, diffSettings } from "./diff";
import { KubernetesProvider } from "./provider";
import type { DiffResult, ResourceRequest } from "./request";

/**
 * Serves the provider to the engine until the engine goes away. `main` of `@pulumi/pulumi/provider` (3.230.0) cannot: it
 * passes on neither configuration, previews, old inputs nor time limits, and answers no diffConfig.
 */
export async function main(argv: readonly string[]): Promise<void> {
  const provider = new KubernetesProvider(engineLog(argv.at(-1)));
  const methods = {
    getPluginInfo: answer((_: Empty) => new PluginInfo().setVersion(sdkVersion("@pulumi/kubernetes"))),
    cancel: answer((_: Empty) => {
      provider.cancel();
      return new Empty();
    }),
    diffConfig: answer((request: proto.DiffRequest) => {
      const old = fromStruct(request.getOldInputs() ?? request.getOlds());
      return diffResponse(diffSettings(old, fromStruct(request.getNews())));
    }),
    configure: answer((request: proto.ConfigureRequest) => {
      provider.configure(fromStruct(request.getArgs()));
      return new proto.ConfigureResponse().setSupportspreview(true);
    }),
    invoke: answer((request: proto.InvokeRequest): proto.InvokeResponse => {
      throw new Error(`the function ${request.getTok()} is not known to this plugin; ${remedy("kubernetes")}`);
    }),
    check: answer((asked: proto.CheckRequest) => {
      const inputs = provider.check(requestOf(asked, { inputs: asked.getNews() }));
      return new proto.CheckResponse().setInputs(Struct.fromJavaScript(inputs));
    }),
    diff: answer((asked: proto.DiffRequest) =>
      diffResponse(diffObjects(fromStruct(asked.getOldInputs()), fromStruct(asked.getNews()))),
    ),
    create: answer(async (asked: proto.CreateRequest) => {
      const { id, outputs } = await provider.create(requestOf(asked, { inputs: asked.getProperties() }));
      return new proto.CreateResponse().setId(id).setProperties(Struct.fromJavaScript(outputs));
    }),
    read: answer(async (asked: proto.ReadRequest) => {
      if (!asked.hasInputs())
        throw new Error(`${asked.getName()}: what the stack did not make cannot be read by this plugin; ${remedy("kubernetes")}`);
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

/** What the messages about a resource have in common; not all of them have all of it. */
type Message = Pick<proto.CheckRequest, "getUrn" | "getType" | "getName"> &
  Partial<Pick<proto.UpdateRequest, "getPreview" | "getTimeout">>;

/** @param values what the messages call differently */
function requestOf(
  message: Message,
  values: Partial<Record<"inputs" | "oldInputs" | "oldOutputs", Struct | undefined>>,
): ResourceRequest {
  return {
    urn: message.getUrn(),
    type: message.getType(),
    name: message.getName(),
    inputs: fromStruct(values.inputs),
    oldInputs: fromStruct(values.oldInputs),
    oldOutputs: fromStruct(values.oldOutputs),
    preview: message.getPreview?.() ?? false,
    timeoutSeconds: message.getTimeout?.() ?? 0,
  };
}

/** By whole properties: the engine finds what differs within them, and shows it. */
function diffResponse({ changed, replaced, deleteBeforeReplace = false }: DiffResult) {
  const { DIFF_NONE, DIFF_SOME } = proto.DiffResponse.DiffChanges;
  return new proto.DiffResponse()
    .setChanges(changed.length === 0 ? DIFF_NONE : DIFF_SOME)
    .setDeletebeforereplace(deleteBeforeReplace)
    .setDiffsList([...changed])
    .setReplacesList(replaced.map((field) => field.split(".")[0] ?? field));
}
