import { oneLine } from "../../verify/common/errors";
import type { StackFacts, StackOutputs } from "./stack";

/** `bad` rows need attention. */
export type Mood = "good" | "bad" | "odd" | "plain";

/** One line of the screen. */
export type Row = readonly [label: string, text: string, mood: Mood];

/** An error in one line. */
export function reasonIn(error: unknown): string {
  return oneLine(error instanceof Error ? error.message : String(error), 300);
}

/** A row that says why there is nothing to show. */
export function unknown(label: string, why: string): Row {
  return [label, `unknown: ${why}`, "odd"];
}

/** What `look` finds, or rows that say why it finds nothing; never throws. */
export function rowsOf(look: () => Promise<readonly Row[]>, ...labels: readonly string[]): Promise<readonly Row[]> {
  return look().catch((error: unknown) => unknownRows(reasonIn(error), ...labels));
}

/** Rows without anything to show; without Redis there are no pins. */
export function unknownRows(why: string, ...labels: readonly string[]): readonly Row[] {
  return labels.map((label) => unknown(label, label === "pins" ? "Redis was not read" : why));
}

/** Pure. */
export function stackRow({ name, history }: StackFacts, namespace: string, now: Date): Row {
  const [latest] = history;
  const end = latest?.endTime === undefined ? "" : `, ${age(now.getTime() - new Date(latest.endTime).getTime())} ago`;
  const last = latest === undefined ? "" : `; last ${latest.kind} ${latest.result ?? "has not ended"}${end}`;
  return ["stack", `${name}, namespace ${namespace}${last}`, latest?.result === "failed" ? "bad" : "plain"];
}

const verdictMoods: Readonly<Record<string, Mood>> = { pass: "good", fail: "bad" };

/** Pure: the proof's verdict. */
export function verdictRow({ outputs: { affinity }, history }: StackFacts, now: Date): Row {
  if (affinity === undefined) return ["verdict", "none yet", "odd"];
  const { verdict, reason, gateway, replicas, sessions, checks } = affinity;
  const updates = history.filter(({ kind }) => kind === "update");
  // An update that fails before its proof leaves an earlier pass in the outputs.
  const its = verdict === "pass" ? updates.find(({ result }) => result === "succeeded") : updates[0];
  const when = (at: Date): string =>
    `${at.toISOString().slice(0, 19).replace("T", " ")} UTC, ${age(now.getTime() - at.getTime())} ago`;
  const held = sessions.filter((it) => it.verdict === "pass").length;
  const of = gateway === "standin" ? " of the stand-in" : "";
  const parts = [
    `${verdict}${its?.endTime === undefined ? "" : ` (${when(new Date(its.endTime))})`}`,
    reason ?? "",
    sessions.length === 0 ? "" : `${held} of ${sessions.length} sessions held on ${replicas.length} replicas${of}`,
    checks.map((it) => `${it.id} ${it.verdict}`).join(", "),
  ];
  return ["verdict", parts.filter((it) => it !== "").join("; "), verdictMoods[verdict] ?? "odd"];
}

/** Pure. */
export function addressRows({ gatewayUrl, gatewayHint, jaegerUrl, jaegerHint }: StackOutputs): readonly Row[] {
  const row = (label: string, url: string | undefined, hint = ""): Row[] =>
    url === undefined ? [] : [[label, `${url}${hint === "" ? "" : `, first run: ${hint}`}`, "plain"]];
  return [...row("gateway at", gatewayUrl, gatewayHint), ...row("Jaeger at", jaegerUrl, jaegerHint)];
}

/** Milliseconds as a person says them roughly: `45 s`, `3 min`, `5 h`, `2 d`. */
export function age(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  if (seconds < 120) return `${seconds} s`;
  if (seconds < 2 * 3600) return `${Math.floor(seconds / 60)} min`;
  if (seconds < 48 * 3600) return `${Math.floor(seconds / 3600)} h`;
  return `${Math.floor(seconds / 86_400)} d`;
}
