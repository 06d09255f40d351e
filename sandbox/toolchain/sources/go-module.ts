import { chmod, mkdir, readdir, rename } from "node:fs/promises";
import { join } from "node:path";
import { CommandError, run } from "../../common/command";
import { Refusal, type Tool } from "../tool";
import { compareVersions, firstVersion } from "../version";
import type { Build, Built } from "./build";

/** The oldest Go that the pinned modules accept. */
const oldestGo = "1.25.0";

/** The folder of the module that pins a tool: go.mod, go.sum, and a main.go where the tool is composed. */
export function moduleFolder(tool: Tool): string {
  return join(__dirname, "..", "modules", tool.name);
}

/**
 * Builds the tool from its pinned Go module; the committed go.sum decides what is accepted.
 *
 * @throws Refusal when there is no fitting Go.
 * @throws CommandError when the build fails.
 */
export async function fromGoModule(tool: Tool, build: Build): Promise<Built> {
  const source = tool.go;
  if (source === undefined) throw new Refusal("is not built from Go modules");
  await requireGo();
  const bin = join(build.folder, "bin");
  await mkdir(bin, { recursive: true });
  build.detail("building from its Go module");
  await run("go", ["build", "-trimpath", "-ldflags", `-s -w ${source.ldflags ?? ""}`, "-o", `${bin}/`, source.target], {
    cwd: moduleFolder(tool),
    env: { ...process.env, CGO_ENABLED: "0", GOFLAGS: "-mod=readonly -buildvcs=false", GOWORK: "off", GOTOOLCHAIN: "local" },
    signal: build.signal,
    onLine: (line) => build.detail(line.replace(/^go: /, "")),
  });
  for (const [from, to] of Object.entries(source.rename ?? {})) await rename(join(bin, from), join(bin, to));
  for (const file of await readdir(bin)) await chmod(join(bin, file), 0o755);
  return { binaries: Object.fromEntries(tool.binaries.map((it) => [it, join(bin, it)])) };
}

async function requireGo(): Promise<void> {
  const text = await run("go", ["env", "GOVERSION"]).catch((error: unknown) => {
    if (error instanceof CommandError) throw new Refusal("Go is not installed");
    throw error;
  });
  const version = firstVersion(text);
  if (version === undefined || compareVersions(version, oldestGo) < 0) {
    throw new Refusal(`Go ${text.trim()} is too old, ${oldestGo} or newer is needed`);
  }
}
