import Table from "cli-table3";
import { duration } from "../lib/progress";

/** A step of a run. Times are in milliseconds since the run began. */
export interface Timing {
  readonly step: string;
  readonly fromMs: number;
  readonly toMs: number;
}

/** What is read of an event of Pulumi's engine; `timestamp` is in Unix seconds. */
interface EngineEvent {
  readonly timestamp: number;
  readonly resourcePreEvent?: { readonly metadata: ResourceStep };
  readonly resOutputsEvent?: { readonly metadata: ResourceStep };
}

interface ResourceStep {
  readonly op: string;
  readonly urn: string;
}

const component = /^plano-affinity:index:(\w+)$/;

/**
 * Pure: when Pulumi worked on each innermost component of the stack. Its events have whole seconds.
 *
 * @param log content of the file that `pulumi up --event-log` writes: one JSON event a line
 * @param startedAt Unix milliseconds at which the run began
 */
export function componentTimings(log: string, startedAt: number): Timing[] {
  const spans = new Map<string, { from: number; to: number }>();
  // The proof has no children: it works from when everything else is done until it is registered.
  const childless = new Map<string, number>();
  const parents = new Set<string>();
  for (const line of log.split("\n").filter((it) => it.trim() !== "")) {
    const { timestamp, resourcePreEvent, resOutputsEvent } = JSON.parse(line) as EngineEvent;
    const { metadata } = resourcePreEvent ?? resOutputsEvent ?? {};
    // `urn:pulumi:dev::project::plano-affinity:index:Redis$kubernetes:apps/v1:StatefulSet::redis`
    const types = metadata?.urn.split("::")[2]?.split("$") ?? [];
    const components = types.flatMap((type) => component.exec(type)?.[1] ?? []);
    const name = components.pop();
    components.forEach((parent) => parents.add(parent));
    if (name === undefined || metadata?.op === "same") continue;
    const at = Math.max(0, timestamp * 1_000 - startedAt);
    const span = spans.get(name);
    if (component.test(types.at(-1) ?? "")) childless.set(name, at);
    else if (span === undefined) spans.set(name, { from: at, to: at });
    else span.to = Math.max(span.to, at);
  }
  const rows = [...spans].map(([name, { from, to }]) => ({ step: `stack: ${name}`, fromMs: from, toMs: to }));
  const end = Math.max(0, ...rows.map(({ toMs }) => toMs));
  const after = [...childless].filter(([name, to]) => !spans.has(name) && !parents.has(name) && to > end);
  return [...rows, ...after.map(([name, to]) => ({ step: `stack: ${name}`, fromMs: end, toMs: to }))];
}

/** Pure: the steps as a table, with bars on one time line. */
export function renderTimings(timings: readonly Timing[], width = 30): string {
  const end = Math.max(1, ...timings.map(({ toMs }) => toMs));
  const column = (ms: number): number => Math.min(width, Math.round((ms / end) * width));
  const table = new Table({ head: ["step", "from", "took", ""], style: { head: [], border: [] } });
  for (const { step, fromMs, toMs } of timings) {
    const [from, to] = [column(fromMs), column(toMs)];
    const bar = " ".repeat(Math.min(from, width - 1)) + "█".repeat(Math.max(1, to - from));
    table.push([step, duration(fromMs), duration(toMs - fromMs), bar]);
  }
  return table.toString();
}
