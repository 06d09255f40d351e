// What the npm scripts start; needs nothing but Node.js and npm. Installs the packages of package-lock.json where they are
// missing, then runs commands/<task>.ts or dev/<task>.ts with the remaining arguments.
import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { existsSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { connect, createServer } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

const project = join(dirname(fileURLToPath(import.meta.url)), "..", "..");
const stamp = join(project, "node_modules", ".plano-affinity-lock");

/** A socket: the kernel knows whether somebody listens, also when they are suspended and whatever the clock says. */
const checkout = createHash("sha256").update(project).digest("hex").slice(0, 12);
const lock = join(tmpdir(), `plano-affinity-${process.getuid?.()}-${checkout}`);

/** Removed by `npm ci` together with the packages that are compiled in. */
const compiledFolder = join(project, "node_modules", ".cache", "plano-affinity");

/**
 * All packages are development packages, which NODE_ENV=production would leave out; none needs its install scripts; and
 * `npm pack --dry-run` passes its option on by the environment.
 */
const npmFlags = ["--include=dev", "--ignore-scripts", "--no-dry-run"];

const [task, ...args] = process.argv.slice(2);

/** It is compiled before it runs, for through tsx it would take several times as long to start; and 1 would be a verdict. */
const isVerify = task === "verify";
const notStarted = isVerify || task === "soak" ? 3 : 1;

function fail(message) {
  process.stderr.write(`${message}\n`);
  process.exit(notStarted);
}

// What is installed and built here is run by root.
process.umask(process.umask(0o022) | 0o022);
if (project.includes("?")) fail(`${project}: tsx runs nothing below a folder with a "?" in its name; move the checkout`);
const [major, minor] = process.versions.node.split(".").map(Number);
if (major < 20 || (major === 20 && minor < 9))
  fail(`Node.js 20.9 or newer is needed, this is ${process.versions.node}: https://nodejs.org`);
const program = ["commands", "dev"].map((room) => join(room, `${task}.ts`)).find((it) => existsSync(join(project, it)));
if (!/^[a-z]+$/.test(task ?? "") || program === undefined)
  fail(`there is no task "${task ?? ""}"; see the scripts of package.json`);

function wanted() {
  return createHash("sha256")
    .update(readFileSync(join(project, "package-lock.json")))
    .update(process.versions.modules)
    .digest("hex");
}

function isFresh() {
  return existsSync(stamp) && readFileSync(stamp, "utf8") === wanted();
}

/** Runs a program to its end. ^C reaches it by the terminal; what is sent to us alone is passed on. */
function run(command, commandArgs, options = {}) {
  const passOn = (signal) => child.kill(signal);
  for (const it of ["SIGTERM", "SIGHUP"]) process.on(it, passOn);
  process.on("SIGINT", () => undefined);
  const child = spawn(command, commandArgs, { cwd: project, stdio: "inherit", ...options });
  return new Promise((resolve, reject) => {
    child.once("error", (error) => reject(new Error(`${command} could not be started: ${error.message}`)));
    child.once("exit", (code, signal) => resolve(signal === null ? (code ?? 1) : 130));
  }).finally(() => ["SIGTERM", "SIGHUP", "SIGINT"].forEach((it) => process.removeAllListeners(it)));
}

async function installUnderLock() {
  const waiting = [];
  const server = createServer((it) => waiting.push(it.on("error", () => undefined)));
  await takeLock(server);
  try {
    if (!isFresh()) await install();
  } finally {
    server.close();
    for (const it of waiting) it.destroy();
  }
}

async function takeLock(server) {
  const madeAt = () => statSync(lock, { bigint: true, throwIfNoEntry: false })?.ctimeNs;
  for (;;) {
    const found = madeAt();
    const taken = await once(server.listen(lock), "listening").catch((error) => error);
    if (!(taken instanceof Error)) return;
    if (taken.code !== "EADDRINUSE") throw taken;
    const client = connect(lock, () => process.stderr.write(" • waiting for another run to install packages\n")).resume();
    client.setTimeout(30 * 60_000, () => client.destroy(new Error("it is still at it after half an hour")));
    const ended = await once(client, "close").catch((error) => error);
    if (ended instanceof Error && ended.code === undefined) throw ended;
    // Nobody listens: its owner died, unless somebody else has just replaced it.
    if (ended.code === "ECONNREFUSED" && madeAt() === found) rmSync(lock, { force: true });
  }
}

async function install() {
  const since = Date.now();
  process.stderr.write(" • packages (npm ci)\n");
  rmSync(stamp, { force: true });
  const code = await run("npm", ["ci", ...npmFlags, "--no-audit", "--no-fund", "--loglevel=error"], {
    stdio: ["ignore", "ignore", "inherit"],
  });
  if (code === 130) throw new Error("interrupted; run again to go on");
  if (code !== 0) throw new Error("npm ci failed: see its messages above. Is the npm registry reachable? `npm ping` tells.");
  writeFileSync(stamp, wanted());
  process.stderr.write(` ✓ packages (npm ci) ${((Date.now() - since) / 1000).toFixed(1)} s\n`);
}

const throughTsx = (file, ...fileArgs) => run(process.execPath, ["--require", "tsx/cjs", file, ...fileArgs]);

/** The compiled task; undefined where there is none, or a source has changed since. */
function compiledTask() {
  try {
    const { program, sources } = JSON.parse(readFileSync(join(compiledFolder, `${task}.json`), "utf8"));
    statSync(program);
    const isSame = ({ path, size, mtimeMs }) => {
      const now = statSync(join(project, path));
      return now.size === size && now.mtimeMs === mtimeMs;
    };
    return sources.every(isSame) ? program : undefined;
  } catch {
    return undefined;
  }
}

/** Runs a compiled task in this process, so that signals and exit code are its own. */
async function runCompiled() {
  let compiled = compiledTask();
  if (compiled === undefined) {
    const code = await throughTsx(join("verify", "build", "compile-task.ts"), task, compiledFolder);
    if (code !== 0) return void (process.exitCode = code === 130 ? code : notStarted);
    compiled = JSON.parse(readFileSync(join(compiledFolder, `${task}.json`), "utf8")).program;
  }
  process.chdir(project);
  process.argv = [process.argv[0], compiled, ...args];
  await import(pathToFileURL(compiled).href);
}

try {
  if (!isFresh()) await installUnderLock();
  if (isVerify) await runCompiled();
  else process.exitCode = await throughTsx(program, ...args);
} catch (error) {
  fail(error.message);
}
