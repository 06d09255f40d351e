import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { Empty } from "google-protobuf/google/protobuf/empty_pb";
import { LanguageRuntimeService, type ILanguageRuntimeServer } from "@pulumi/pulumi/proto/language_grpc_pb";
import * as language from "@pulumi/pulumi/proto/language_pb";
import { PluginInfo } from "@pulumi/pulumi/proto/plugin_pb";
import { run } from "../../../lib/command";
import { engineAddressOf, sdkVersion, servePlugin } from "../rpc/server";
import { invalid } from "../rpc/service";
import { startProgram, type StartedProgram } from "./program";

/** How long a program may take to end after Ctrl-C; the engine ends this host after 5 s (sdk/v3 3.230.0). */
const STOP_GRACE_MS = 3000;

/** Starts the language host for Node.js programs. Missing on purpose: code generation, plugins written in TypeScript. */
export async function main(argv: readonly string[]): Promise<void> {
  let engineAddress = engineAddressOf(argv);
  const programs = new Set<StartedProgram>();
  const stopped = new AbortController();
  const stopAll = (graceMs: number): void => {
    stopped.abort();
    programs.forEach((program) => program.stop(graceMs));
  };

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
      const packages = directDependencies(call.request.getInfo()?.getProgramDirectory() ?? process.cwd());
      const listed = packages.map(({ name, version }) => new language.DependencyInfo().setName(name).setVersion(version));
      reply(null, new language.GetProgramDependenciesResponse().setDependenciesList(listed));
    },
    installDependencies: (call) => {
      const cwd = call.request.getInfo()?.getProgramDirectory() ?? process.cwd();
      const onLine = (line: string) => call.write(new language.InstallDependenciesResponse().setStdout(Buffer.from(`${line}\n`)));
      const command = existsSync(join(cwd, "package-lock.json")) ? "ci" : "install";
      run("npm", [command, "--include=dev", "--ignore-scripts"], { cwd, onLine, signal: stopped.signal }).then(
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
  await servePlugin(LanguageRuntimeService, methods, () => stopAll(0));
}

/** For `pulumi about`: the packages that a program's package.json names, with the version that is installed, else the range. */
export function directDependencies(directory: string): { readonly name: string; readonly version: string }[] {
  const manifest = readManifest(join(directory, "package.json"));
  return Object.entries({ ...manifest?.dependencies, ...manifest?.devDependencies }).map(([name, range]) => ({
    name,
    version: readManifest(join(directory, "node_modules", name, "package.json"))?.version ?? range,
  }));
}

interface Manifest {
  readonly version?: string;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
}

function readManifest(path: string): Manifest | undefined {
  return existsSync(path) ? (JSON.parse(readFileSync(path, "utf8")) as Manifest) : undefined;
}
