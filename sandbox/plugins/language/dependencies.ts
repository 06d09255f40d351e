import { spawn } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** A package that a program names in its package.json. */
export interface Dependency {
  readonly name: string;
  /** The version that is installed, else the range that is asked for. */
  readonly version: string;
}

/** The packages that a program's package.json names; none where there is no package.json. For `pulumi about`. */
export function directDependencies(directory: string): Dependency[] {
  const manifest = readManifest(join(directory, "package.json"));
  const ranges = { ...manifest?.dependencies, ...manifest?.devDependencies };
  return Object.entries(ranges).map(([name, range]) => ({
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

/** Runs npm in a program's folder, as `pulumi install` asks. @throws Error with the command and its exit code. */
export async function installDependencies(directory: string, onOutput: (chunk: Buffer) => void): Promise<void> {
  const command = existsSync(join(directory, "package-lock.json")) ? "ci" : "install";
  await new Promise<void>((resolve, reject) => {
    const npm = spawn("npm", [command, "--include=dev", "--ignore-scripts"], {
      cwd: directory,
      stdio: ["ignore", "pipe", "pipe"],
    });
    npm.stdout.on("data", onOutput);
    npm.stderr.on("data", onOutput);
    npm.once("error", (error) => reject(new Error(`npm could not be started (${error.message}); is it on PATH?`)));
    npm.once("close", (code) =>
      code === 0 ? resolve() : reject(new Error(`npm ${command} in ${directory} exited with ${code}`)),
    );
  });
}
