import { existsSync } from "node:fs";
import { join } from "node:path";
import { Empty } from "google-protobuf/google/protobuf/empty_pb";
import { LanguageRuntimeService, type ILanguageRuntimeServer } from "@pulumi/pulumi/proto/language_grpc_pb";
import * as language from "@pulumi/pulumi/proto/language_pb";
import { PluginInfo } from "@pulumi/pulumi/proto/plugin_pb";
import { run } from "../../../lib/command";
import { sdkVersion, servePlugin } from "../rpc/server";
import { invalid } from "../rpc/errors";
import { runProgram } from "./program";

/** The language host for Node.js programs, without code generation, plugins in TypeScript, and what a program requires. */
export async function main(argv: readonly string[]): Promise<void> {
  const engineAddress = argv.at(-1) ?? "";
  const stopped = new AbortController();
  const methods = {
    getPluginInfo: (_, reply) => reply(null, new PluginInfo().setVersion(sdkVersion("@pulumi/pulumi"))),
    about: (_, reply) =>
      reply(null, new language.AboutResponse().setExecutable(process.execPath).setVersion(process.versions.node)),
    getProgramDependencies: (_, reply) => reply(null, new language.GetProgramDependenciesResponse()),
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
      call.on("cancelled", () => stopped.abort());
      runProgram(call.request, engineAddress, stopped.signal).then(
        (response) => reply(null, response),
        (error: unknown) => reply(null, new language.RunResponse().setError(invalid(error).message)),
      );
    },
    cancel: (_, reply) => {
      stopped.abort();
      reply(null, new Empty());
    },
  } satisfies Partial<ILanguageRuntimeServer>;
  await servePlugin(LanguageRuntimeService, methods, () => stopped.abort());
}
