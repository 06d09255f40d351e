import assert from "node:assert/strict";
import { exitCode, type Report } from "../../../verify";
import { forEachConcurrently } from "../../../verify/common/pool";
import type { Serve } from "./fake-socket-server";

/** What is bad, a run that meets it, and what the run says of it. */
export type BadCase = readonly [name: string, play: () => Promise<Report>, said: string | RegExp];

export const untrusted = "its certificate is not trusted: name its authority's file in NODE_EXTRA_CA_CERTS";

/**
 * Tests that each of these makes the last check unknown, with what it says in one line, and nothing else that can go on.
 * All are played before the first test, for some of them are waited for; few at once, for what runs out is real time.
 */
export function testUnknown(prefix: RegExp, cases: readonly BadCase[], verdicts = ["pass", "pass", "unknown"]): void {
  const reports = new Map<string, Promise<Report>>();
  before(async () => {
    await forEachConcurrently(cases, 6, new AbortController().signal, async ([name, play]) => {
      const report = play();
      reports.set(name, report);
      await report.catch(() => undefined);
    });
  });

  for (const [name, , said] of cases) {
    it(`${name} makes its check unknown, with the reason, and nothing else`, async () => {
      const report = (await reports.get(name)) ?? assert.fail();
      const checks = report.checks.map(({ verdict }) => verdict);
      assert.deepEqual([report.verdict, exitCode(report), checks], ["unknown", 2, verdicts]);
      const reason = report.reason ?? "";
      assert.doesNotMatch(reason, /\n|\s{2}at |\u001b/, "a reason is one line for people");
      assert.match(reason, prefix);
      const rest = reason.replace(prefix, "");
      if (typeof said === "string") assert.equal(rest, said);
      else assert.match(rest, said);
      assert.doesNotMatch(JSON.stringify(report), /geheim|falsch/);
      assert.equal(report.requests.failed > 0, verdicts[0] !== "pass");
      assert.ok(report.durationMs < 10_000, "more than one limit was waited for");
    });
  }
}

/** The same bytes to every request. */
export function answering(text: string): Serve {
  return (socket) => void socket.on("data", () => socket.write(text));
}

/** These bytes to the first request, and then the end. */
export function ending(text: string): Serve {
  return (socket) => void socket.once("data", () => socket.end(text));
}

/** An HTTP answer, letter for letter. */
export function httpAnswer(status: string, type: string, body: string): string {
  const head = [`HTTP/1.1 ${status}`, `content-type: ${type}`, `content-length: ${Buffer.byteLength(body)}`];
  return `${head.join("\r\n")}\r\n\r\n${body}`;
}

/** Answers a request with a beginning, and then with `more` again and again, for ever. */
export function dripping(start: string, more: string): Serve {
  return (socket) => {
    socket.once("data", () => {
      socket.write(start);
      const drip = setInterval(() => socket.write(more), 20);
      socket.once("close", () => clearInterval(drip));
    });
  };
}

/** Sends as much as the other side takes, for ever. */
export function flooding(start: string): Serve {
  const chunk = "x".repeat(64 * 1024);
  return (socket) => {
    socket.once("data", () => {
      socket.write(start);
      const more = (): void => void (!socket.destroyed && socket.write(chunk, () => setImmediate(more)));
      more();
    });
  };
}
