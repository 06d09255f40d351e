import { spawn } from "node:child_process";
import { once } from "node:events";
import { createRequire } from "node:module";
import { join } from "node:path";
import { ProgramInfo, RunResponse, type RunRequest } from "@pulumi/pulumi/proto/language_pb";

/** The exit code by which the SDK says that the user has been told everything (`@pulumi/pulumi/cmd/run`). */
const ALREADY_REPORTED = 32;

/** How long a program may take to end after Ctrl-C; the engine ends this host after 5 s (sdk/v3 3.230.0). */
const STOP_GRACE_MS = 3000;

/** Without it the report of an unhandled error takes half a minute; the file says why. */
const ERROR_PRELOAD = join(__dirname, "error-preload.cjs");

/**
 * Runs `node @pulumi/pulumi/cmd/run` for a request of the engine, to its end.
 *
 * @param signal asks the program to end, and ends it by force three seconds later
 * @throws Error for a missing SDK, or a program that cannot be started
 */
export async function runProgram(request: RunRequest, engineAddress: string, signal: AbortSignal): Promise<RunResponse> {
  const info = request.getInfo() ?? new ProgramInfo();
  // Those of Pulumi.yaml that this host knows.
  const options = (info.getOptions()?.toJavaScript() ?? {}) as { readonly typescript?: boolean; readonly nodeargs?: string };
  const { typescript = true, nodeargs = "" } = options;
  const nodeArgs = nodeargs.split(/\s+/).filter((it) => it !== "");
  const directory = info.getProgramDirectory();
  const runner = locateSdk(directory, "run");
  const args = ["--require", ERROR_PRELOAD, ...nodeArgs, runner, ...runnerArguments(request, info, engineAddress)];
  const child = spawn(process.execPath, args, {
    cwd: directory,
    env: {
      ...process.env,
      // Not among the arguments, which every user of the machine can read.
      PULUMI_CONFIG: JSON.stringify(Object.fromEntries(request.getConfigMap().toArray())),
      PULUMI_CONFIG_SECRET_KEYS: JSON.stringify(request.getConfigsecretkeysList()),
      ...(typescript ? { PULUMI_NODEJS_TYPESCRIPT: "true" } : {}),
    },
    stdio: ["ignore", "inherit", "inherit"],
  });
  const stop = (): void => {
    child.kill("SIGINT");
    setTimeout(() => child.kill("SIGKILL"), STOP_GRACE_MS).unref();
  };
  signal.addEventListener("abort", stop, { once: true });
  const [code, endedBy] = (await once(child, "exit")) as [number | null, NodeJS.Signals | null];
  const how = endedBy === null ? `Program exited with non-zero exit code: ${code}` : `Program ended by ${endedBy}`;
  // Nothing is added to what the program has reported itself.
  return new RunResponse().setError(code === 0 || code === ALREADY_REPORTED ? "" : how).setBail(code === ALREADY_REPORTED);
}

/** A command of the SDK of the program in a folder. @throws Error where it is not installed */
export function locateSdk(directory: string, command: "run" | "dynamic-provider"): string {
  try {
    return createRequire(join(directory, "package.json")).resolve(`@pulumi/pulumi/cmd/${command}`);
  } catch {
    throw new Error(`@pulumi/pulumi is not installed for the program in ${directory}: run npm ci there`);
  }
}

function runnerArguments(request: RunRequest, info: ProgramInfo, engineAddress: string): string[] {
  const named: Record<string, string | undefined> = {
    monitor: request.getMonitorAddress(),
    engine: engineAddress,
    organization: request.getOrganization(),
    project: request.getProject(),
    "root-directory": info.getRootDirectory(),
    stack: request.getStack(),
    pwd: info.getProgramDirectory(),
    parallel: String(request.getParallel()),
  };
  const flags = Object.entries(named).flatMap(([name, value]) => (value ? [`--${name}`, value] : []));
  if (request.getDryrun()) flags.push("--dry-run");
  return [...flags, info.getEntryPoint() || ".", ...request.getArgsList()];
}
