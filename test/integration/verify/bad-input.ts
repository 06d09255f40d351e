import assert from "node:assert/strict";
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import type { Socket } from "node:net";
import { resolve } from "node:path";
import { defaultOptions, exitCode, type Report, type ReplicasTarget, type VerifyOptions } from "../../../verify";
import { type FakeDeployment, prompts } from "./fake-deployment";
import { verify } from "./report-schema";

/** Prompts that the fake replicas tell apart. */
const promptsFile = resolve("test/integration/verify/prompts.txt");

/** What became of a run: verdict, exit code and the reason, which must be one line without a stack trace. */
export interface Ending {
  readonly report: Report;
  readonly code: number;
  readonly reason: string;
}

/** Verifies the replicas of a deployment, or others, in this process. */
export async function endingOf(target: Omit<ReplicasTarget, "kind">, options: Partial<VerifyOptions> = {}): Promise<Ending> {
  const report = await verify({
    ...defaultOptions,
    checks: ["control", "pinning"],
    prompts,
    timeoutSeconds: 5,
    ...options,
    target: { kind: "replicas", ...target },
  });
  const reason = report.reason ?? "";
  assert.doesNotMatch(reason, /\n|\s{2}at |\u001b/, "a reason is one line for people");
  return { report, code: exitCode(report), reason };
}

/**
 * Tests that each of these makes the last of three checks unknown, with what it says, and nothing else. All are played at
 * once before the first test, for some of them are waited for.
 */
export function testUnknown(
  prefix: RegExp,
  cases: readonly (readonly [name: string, play: () => Promise<Ending>, said: RegExp])[],
): void {
  const endings = new Map<string, Promise<Ending>>();
  before(() => {
    for (const [name, play] of cases) {
      const ending = play();
      ending.catch(() => undefined);
      endings.set(name, ending);
    }
  });
  after(() => Promise.allSettled(endings.values()));

  for (const [name, , said] of cases) {
    it(`${name} makes its check unknown, with the reason, and nothing else`, async () => {
      const { report, code, reason } = await (endings.get(name) as Promise<Ending>);
      const verdicts = report.checks.map(({ verdict }) => verdict);
      assert.deepEqual([report.verdict, code, verdicts], ["unknown", 2, ["pass", "pass", "unknown"]]);
      assert.match(reason, prefix);
      assert.match(reason.replace(prefix, ""), said);
      assert.doesNotMatch(JSON.stringify(report), /geheim|falsch/);
      assert.ok(report.durationMs < 9_000, "more than one limit was waited for");
    });
  }
}

/** What a server does with a connection: the same bytes to every request. */
export function answering(text: string): (socket: Socket) => void {
  return (socket) => void socket.on("data", () => socket.write(text));
}

/** An HTTP answer, letter for letter. */
export function httpAnswer(status: string, type: string, body: string): string {
  const head = [`HTTP/1.1 ${status}`, `content-type: ${type}`, `content-length: ${Buffer.byteLength(body)}`];
  return `${head.join("\r\n")}\r\n\r\n${body}`;
}

/** Answers a request with a beginning, and then with `more` again and again, for ever. */
export function dripping(start: string, more: string): (socket: Socket) => void {
  return (socket) => {
    socket.once("data", () => {
      socket.write(start);
      const drip = setInterval(() => socket.write(more), 20);
      socket.once("close", () => clearInterval(drip));
    });
  };
}

/** Sends as much as the other side takes, for ever. */
export function flooding(start: string): (socket: Socket) => void {
  const chunk = "x".repeat(64 * 1024);
  return (socket) => {
    socket.once("data", () => {
      socket.write(start);
      const more = (): void => void (!socket.destroyed && socket.write(chunk, () => setImmediate(more)));
      more();
    });
  };
}

export interface RunningCli {
  readonly child: ChildProcess;
  readonly ended: Promise<{
    readonly code: number | null;
    readonly signal: NodeJS.Signals | null;
    readonly stdout: string;
    readonly stderr: string;
  }>;
}

const sources = ["--require", "tsx/cjs", resolve("verify/cli.ts")];

/** Runs the command line as a process of its own: from the sources, or another program. */
export function startCli(args: readonly string[], env: NodeJS.ProcessEnv = {}, program = sources): RunningCli {
  const child = spawn(process.execPath, [...program, ...args], {
    stdio: ["ignore", "pipe", "pipe"],
    env: { ...process.env, ...env },
  });
  let stdout = "";
  let stderr = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => (stdout += text));
  child.stderr.setEncoding("utf8").on("data", (text: string) => (stderr += text));
  const ended = once(child, "close").then(([code, signal]) => ({
    code: code as number | null,
    signal: signal as NodeJS.Signals | null,
    stdout,
    stderr,
  }));
  return { child, ended };
}

/** The options that name a fake deployment's replicas and prompts. */
export function cliTarget(deployment: FakeDeployment): string[] {
  return [...deployment.replicas.flatMap(({ name, url }) => ["--replica", `${name}=${url}`]), "--prompts", promptsFile];
}
