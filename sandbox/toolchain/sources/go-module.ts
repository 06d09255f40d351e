import { readFileSync } from "node:fs";
import { chmod, mkdir, readdir, rename } from "node:fs/promises";
import { join } from "node:path";
import { CommandError, run } from "../../../lib/command";
import { type Build, type Built, firstVersion, isOlder, Refusal, type Tool } from "../tool";

/** The folder of the module that pins a tool: go.mod, go.sum, and the main.go of a tool that is composed. */
export function moduleFolder(tool: Tool): string {
  return join(__dirname, "..", "modules", tool.go?.module ?? tool.name);
}

/** The oldest Go that a tool's module accepts, as its go.mod says. */
export function oldestGo(tool: Tool): string {
  return /^go (\S+)$/m.exec(readFileSync(join(moduleFolder(tool), "go.mod"), "utf8"))?.[1] ?? "";
}

/** The compiler and linker collect no garbage before they are this large: a fifth of the time goes without it. */
const lessCollection = { GOGC: "off", GOMEMLIMIT: "2GiB" };

/**
 * Builds the tool from its pinned Go module; go.sum decides what is accepted.
 * @throws Refusal where there is no fitting Go, CommandError where the build fails
 */
export async function fromGoModule(tool: Tool, build: Build): Promise<Built> {
  const source = tool.go;
  if (source === undefined) throw new Refusal("is not built from Go modules");
  await requireGo(oldestGo(tool), build.signal);
  const bin = join(build.folder, "bin");
  await mkdir(bin, { recursive: true });
  build.detail("building from its Go module");
  // Nobody debugs these programs, and they compute little: without debugging symbols and inlining they compile in two
  // thirds of the time.
  const flags = ["-trimpath", "-gcflags=all=-dwarf=false -l", "-ldflags", `-s -w ${source.ldflags ?? ""}`];
  await run("go", ["build", ...flags, "-o", `${bin}/`, ...source.packages], {
    cwd: moduleFolder(tool),
    env: {
      ...lessCollection,
      ...process.env,
      CGO_ENABLED: "0",
      GOFLAGS: "-mod=readonly -buildvcs=false",
      GOWORK: "off",
      GOTOOLCHAIN: "local",
    },
    signal: build.signal,
    onLine: (line) => build.detail(line.replace(/^go: /, "")),
  });
  for (const [from, to] of Object.entries(source.rename ?? {})) await rename(join(bin, from), join(bin, to));
  for (const file of await readdir(bin)) await chmod(join(bin, file), 0o755);
  return { binaries: Object.fromEntries(tool.binaries.map((it) => [it, join(bin, it)])) };
}

async function requireGo(oldest: string, signal?: AbortSignal): Promise<void> {
  const text = await run("go", ["env", "GOVERSION"], { signal }).catch((error: unknown) => {
    signal?.throwIfAborted();
    throw error instanceof CommandError ? new Refusal("Go is not installed") : error;
  });
  const version = firstVersion(text);
  if (version === undefined || isOlder(version, oldest))
    throw new Refusal(`Go ${text.trim()} is too old, ${oldest} or newer is needed`);
}
