import { run } from "../../../lib/command";
import { silentProgress } from "../../../lib/progress";
import { ensureTools } from "../../../sandbox/toolchain/ensure";
import type { Alert } from "../../../components/monitoring/monitoring";

/** Seconds between two evaluations, as between two samples of the series. */
const step = 30;

/** Where Prometheus' engine is; builds it when the tool cache does not have it, which takes a minute of CPU. */
export async function findPromql(): Promise<string> {
  const { prometheus } = await ensureTools(["prometheus"], silentProgress);
  return prometheus.binaries["promql"] ?? "promql";
}

/**
 * The alerts that fire at an instant, as `<alert>` or `<alert> <pod>`: their expressions held for as long as they must.
 *
 * @param series in the notation of Prometheus' tests, a sample every 30 s
 * @param at seconds from the first sample
 */
export async function firing(promql: string, alerts: readonly Alert[], series: readonly string[], at: number): Promise<string[]> {
  const load = [`load ${step}s`, ...series.map((line) => `  ${line}`)].join("\n");
  const queries = alerts.map(({ expr, for: lasting = "0m" }) => ({ expr, from: at - secondsOf(lasting), to: at, step }));
  const output = await run(promql, [], { input: JSON.stringify({ load, queries }) });
  const results = JSON.parse(output) as readonly (readonly (readonly { readonly labels: { readonly pod?: string } }[])[])[];
  return alerts.flatMap(({ alert }, index) => {
    const [first = [], ...later] = (results[index] ?? []).map((vector) => vector.map(({ labels }) => JSON.stringify(labels)));
    const held = first.filter((labels) => later.every((vector) => vector.includes(labels)));
    return held.map((labels) => [alert, (JSON.parse(labels) as { pod?: string }).pod].filter(Boolean).join(" "));
  });
}

function secondsOf(duration: string): number {
  const match = /^(\d+)m$/.exec(duration);
  if (match === null) throw new Error(`"${duration}" is not a number of minutes`);
  return Number(match[1]) * 60;
}
