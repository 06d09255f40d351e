/**
 * Runs one operation of a dynamic resource in a process of its own: `program`, a path in this package, gets the operation as
 * argument, the inputs as JSON on standard input, and answers with JSON on standard output. What it prints to standard
 * error is shown; lines of progress apart, it is the error's message when it fails.
 *
 * Pulumi stores this function's text in the stack, for `destroy` runs without the program: it must not use anything but its
 * arguments and Node.js itself. No absolute path is in it, so that a stack outlives a checkout that is moved: the package is
 * looked for from the folder of the program, where the engine starts providers. It is that folder, or installed there.
 *
 * @throws Error with what the process printed, when its exit code is not 0, or why it could not be started.
 */
export async function operate(program: string, operation: string, inputs: object): Promise<Record<string, unknown>> {
  const { spawn } = require("node:child_process") as typeof import("node:child_process");
  const { existsSync } = require("node:fs") as typeof import("node:fs");
  const { createRequire } = require("node:module") as typeof import("node:module");
  const { dirname, join } = require("node:path") as typeof import("node:path");
  let root = process.cwd();
  if (!existsSync(join(root, program))) {
    const resolve = createRequire(join(root, "index.js")).resolve;
    root = dirname(resolve("plano-affinity-stack/package.json"));
  }
  const source = join(root, program);
  // The package holds what is compiled, the repository what tsx compiles.
  const file = existsSync(source)
    ? ["--require", createRequire(join(root, "package.json")).resolve("tsx/cjs"), source]
    : [join(root, "dist", program.replace(/ts$/, "js"))];
  const child = spawn(process.execPath, [...file, operation], {
    stdio: ["pipe", "pipe", "pipe"],
  });
  const ended = new Promise<number | null>((resolve, reject) => child.once("close", resolve).once("error", reject));
  // A process that ends without reading it all says so by its exit code.
  child.stdin.on("error", () => undefined).end(JSON.stringify(inputs));
  let output = "";
  let messages = "";
  child.stdout.setEncoding("utf8").on("data", (chunk: string) => (output += chunk));
  child.stderr.setEncoding("utf8").on("data", (chunk: string) => {
    messages += chunk;
    process.stderr.write(chunk);
  });
  const code = await ended;
  if (code !== 0) {
    const told = messages.split("\n").filter((it) => !/^ [•✓✗] /.test(it));
    throw new Error(
      told.join("\n").trim() || `${program} ${operation} ended with ${String(code ?? "a signal")} and said nothing`,
    );
  }
  return JSON.parse(output) as Record<string, unknown>;
}
