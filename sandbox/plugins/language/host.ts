import { Empty } from "google-protobuf/google/protobuf/empty_pb";
import { LanguageRuntimeService, type ILanguageRuntimeServer } from "@pulumi/pulumi/proto/language_grpc_pb";
import * as language from "@pulumi/pulumi/proto/language_pb";
import { PluginInfo } from "@pulumi/pulumi/proto/plugin_pb";
import { invalid, unimplementedMethods } from "../rpc/errors";
import { sdkVersion } from "../rpc/package";
import { parsePluginArguments, servePlugin } from "../rpc/server";
import { directDependencies, installDependencies } from "./dependencies";
import { startProgram, type StartedProgram } from "./program";

/** How long a program may take to end after Ctrl-C; the engine ends this host after 5 s (sdk/v3 3.230.0). */
const STOP_GRACE_MS = 3000;

/** Starts the language host for Node.js programs. Missing on purpose: code generation, plugins written in TypeScript. */
export async function main(argv: readonly string[]): Promise<void> {
  let { engineAddress } = parsePluginArguments(argv);
  const programs = new Set<StartedProgram>();
  const stopAll = (graceMs: number): void => programs.forEach((program) => program.stop(graceMs));

  const methods = {
    handshake: (call, reply) => {
      engineAddress = call.request.getEngineAddress();
      reply(null, new language.LanguageHandshakeResponse());
    },
    getPluginInfo: (_, reply) => reply(null, new PluginInfo().setVersion(sdkVersion("@pulumi/pulumi"))),
    // The plugins of a sandbox are on PATH already; nothing is required of the engine.
    getRequiredPlugins: (_, reply) => reply(null, new language.GetRequiredPluginsResponse()),
    getRequiredPackages: (_, reply) => reply(null, new language.GetRequiredPackagesResponse()),
    runtimeOptionsPrompts: (_, reply) => reply(null, new language.RuntimeOptionsResponse()),
    about: (_, reply) =>
      reply(null, new language.AboutResponse().setExecutable(process.execPath).setVersion(process.versions.node)),
    getProgramDependencies: (call, reply) => {
      const dependencies = directDependencies(call.request.getInfo()?.getProgramDirectory() ?? process.cwd());
      const listed = dependencies.map(({ name, version }) => new language.DependencyInfo().setName(name).setVersion(version));
      reply(null, new language.GetProgramDependenciesResponse().setDependenciesList(listed));
    },
    installDependencies: (call) => {
      installDependencies(call.request.getInfo()?.getProgramDirectory() ?? process.cwd(), (chunk) =>
        call.write(new language.InstallDependenciesResponse().setStdout(chunk)),
      ).then(
        () => call.end(),
        (error: unknown) => call.destroy(invalid(error)),
      );
    },
    run: (call, reply) => {
      try {
        const program = startProgram(call.request, engineAddress ?? "");
        programs.add(program);
        call.on("cancelled", () => program.stop(STOP_GRACE_MS));
        void program.result.then(({ error, bail }) => {
          programs.delete(program);
          reply(null, new language.RunResponse().setError(error).setBail(bail));
        });
      } catch (error) {
        reply(null, new language.RunResponse().setError(error instanceof Error ? error.message : String(error)));
      }
    },
    cancel: (_, reply) => {
      stopAll(STOP_GRACE_MS);
      reply(null, new Empty());
    },
  } satisfies Partial<ILanguageRuntimeServer>;
  await servePlugin(
    LanguageRuntimeService,
    { ...unimplementedMethods(LanguageRuntimeService, "this language host"), ...methods },
    () => stopAll(0),
  );
}
