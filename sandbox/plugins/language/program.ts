import { spawn, type ChildProcess } from "node:child_process";
import { createRequire } from "node:module";
import { join } from "node:path";
import type { RunRequest } from "@pulumi/pulumi/proto/language_pb";

/** The exit code by which the SDK says that the user has been told everything (`@pulumi/pulumi/cmd/run`). */
const ALREADY_REPORTED = 32;

/** Without it the report of an unhandled error takes half a minute; the file says why. */
const ERROR_PRELOAD = join(__dirname, "error-preload.cjs");

/** How a program ended, in the words of the engine's RunResponse. */
interface ProgramResult {
  /** One line for the user; empty when the program succeeded, or has reported its failure itself. */
  readonly error: string;
  /** The failure has been reported: the engine adds nothing. */
  readonly bail: boolean;
}

/** A Pulumi program that has been started. */
export interface StartedProgram {
  readonly result: Promise<ProgramResult>;
  /** Asks the program to end, and ends it by force after `graceMs`. */
  stop(graceMs: number): void;
}

/** Starts `node @pulumi/pulumi/cmd/run` for a request of the engine. @throws Error for a bad option or a missing SDK. */
export function startProgram(request: RunRequest, engineAddress: string): StartedProgram {
  const info = request.getInfo();
  if (info === undefined) throw new Error("the engine's Run request has no program info; use Pulumi 3.100 or newer");
  const options = parseRuntimeOptions(info.getOptions()?.toJavaScript() ?? {});
  const directory = info.getProgramDirectory();
  const runner = locateRunner(directory);
  const args = ["--require", ERROR_PRELOAD, ...options.nodeArgs, runner, ...runnerArguments(request, engineAddress)];
  const child = spawn(process.execPath, args, {
    cwd: directory,
    env: {
      ...process.env,
      ...programConfig(request),
      ...(options.typescript ? { PULUMI_NODEJS_TYPESCRIPT: "true" } : {}),
      ...(options.tsconfig === undefined ? {} : { PULUMI_NODEJS_TSCONFIG_PATH: options.tsconfig }),
    },
    stdio: ["ignore", "inherit", "inherit"],
  });
  return { result: resultOf(child), stop: (graceMs) => stopProcess(child, graceMs) };
}

function locateRunner(directory: string): string {
  try {
    return createRequire(join(directory, "package.json")).resolve("@pulumi/pulumi/cmd/run");
  } catch {
    throw new Error(`@pulumi/pulumi is not installed for the program in ${directory}: run npm ci there`);
  }
}

function runnerArguments(request: RunRequest, engineAddress: string): string[] {
  const info = request.getInfo();
  const named: Record<string, string | undefined> = {
    monitor: request.getMonitorAddress(),
    engine: engineAddress,
    organization: request.getOrganization(),
    project: request.getProject(),
    "root-directory": info?.getRootDirectory(),
    stack: request.getStack(),
    pwd: info?.getProgramDirectory(),
    parallel: String(request.getParallel()),
  };
  const flags = Object.entries(named).flatMap(([name, value]) => (value ? [`--${name}`, value] : []));
  if (request.getDryrun()) flags.push("--dry-run");
  return [...flags, info?.getEntryPoint() ?? ".", ...request.getArgsList()];
}

/** Config goes through the environment: argv is readable by every user of the machine. */
function programConfig(request: RunRequest): Record<string, string> {
  const config: Record<string, string> = {};
  request.getConfigMap().forEach((value, key) => (config[key] = value));
  return {
    PULUMI_CONFIG: JSON.stringify(config),
    PULUMI_CONFIG_SECRET_KEYS: JSON.stringify(request.getConfigsecretkeysList()),
  };
}

function resultOf(child: ChildProcess): Promise<ProgramResult> {
  return new Promise((resolve) => {
    child.once("error", (error) => resolve({ error: `the program could not be started: ${error.message}`, bail: false }));
    child.once("exit", (code, signal) => {
      const how = signal === null ? `Program exited with non-zero exit code: ${code}` : `Program ended by ${signal}`;
      resolve({ error: code === 0 || code === ALREADY_REPORTED ? "" : how, bail: code === ALREADY_REPORTED });
    });
  });
}

function stopProcess(child: ChildProcess, graceMs: number): void {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill("SIGINT");
  setTimeout(() => child.kill("SIGKILL"), graceMs).unref();
}

/** The `runtime.options` of Pulumi.yaml that this host knows; the same names and meanings as the official host's. */
interface RuntimeOptions {
  /** Compile with ts-node before running; as with the official host the default is true. */
  readonly typescript: boolean;
  /** Arguments for node itself, split on blanks; quotes keep blanks. Default none. */
  readonly nodeArgs: readonly string[];
  /** The tsconfig that ts-node takes. Default `tsconfig.json` in the project. */
  readonly tsconfig: string | undefined;
}

/** @throws Error naming the option, where a value has the wrong type. */
export function parseRuntimeOptions(options: Readonly<Record<string, unknown>>): RuntimeOptions {
  const { typescript = true, nodeargs = "", tsconfig } = options;
  const wrongType = (option: string, expected: string): Error =>
    new Error(`Pulumi.yaml: runtime.options.${option} must be ${expected}`);
  if (typeof typescript !== "boolean") throw wrongType("typescript", "true or false");
  if (typeof nodeargs !== "string") throw wrongType("nodeargs", "a string");
  if (tsconfig !== undefined && typeof tsconfig !== "string") throw wrongType("tsconfig", "a string");
  return { typescript, nodeArgs: splitArguments(nodeargs), tsconfig };
}

/** Splits a command line at blanks; single and double quotes keep them. */
function splitArguments(line: string): string[] {
  const words = line.match(/(?:[^\s"']+|"[^"]*"|'[^']*')+/g) ?? [];
  return words.map((word) =>
    word.replace(/"([^"]*)"|'([^']*)'/g, (_, double?: string, single?: string) => double ?? single ?? ""),
  );
}
