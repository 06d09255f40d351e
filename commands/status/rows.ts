import { age, when } from "./age";
import type { StatusFacts } from "./facts";
import type { CountedPins, ScannedPins } from "./pins";
import type { Seen } from "./seen";
import type { RedisMemory } from "../../verify/redis/memory";

/** How a row is to be taken: a `bad` one needs somebody. */
export type Mood = "good" | "bad" | "odd" | "plain";

/** One line of the screen. */
export interface Row {
  readonly label: string;
  readonly text: string;
  readonly mood: Mood;
}

/** Pure: the screen's rows, the replicas' own table apart. */
export function statusRows(facts: StatusFacts): Row[] {
  return [
    stackRow(facts),
    clusterRow(facts),
    ...seenRow("gateway", facts.gateway, ({ kind, version, image, fault }) => {
      const what =
        kind === "plano"
          ? `Plano ${version ?? "of unknown version"}`
          : `stand-in for Plano${version === undefined ? "" : ` ${version}`}`;
      return {
        text: `${what}${fault === undefined ? "" : `, with the fault ${fault}`}, image ${image}`,
        mood: fault ? "odd" : "plain",
      };
    }),
    ...seenRow("replicas", facts.gateway, ({ ready, wanted, updated }) => ({
      text: `${ready} of ${wanted} ready${updated < wanted ? `, ${updated} of ${wanted} of the latest version` : ""}`,
      mood: ready < wanted ? "bad" : updated < wanted ? "odd" : "good",
    })),
    ...seenRow("autoscaler", facts.autoscaler, ({ current, desired, min, max, cpu, cpuTarget }) => {
      const wish = desired === current ? "" : `, on the way to ${desired}`;
      const target = cpuTarget === undefined ? "" : ` of ${cpuTarget} %`;
      const load =
        "why" in cpu ? `CPU unknown${target && ` (target ${cpuTarget} %)`}: ${cpu.why}` : `CPU ${cpu.value} %${target}`;
      return { text: `${current} replicas${wish}, from ${min} to ${max}; ${load}`, mood: "why" in cpu ? "odd" : "plain" };
    }),
    ...redisRows(facts),
    verdictRow(facts),
    ...reportRows(facts),
    ...addressRows(facts),
  ];
}

/** A row for what was seen, or for why it was not. */
function seenRow<T>(label: string, seen: Seen<T>, row: (value: T) => Omit<Row, "label">): Row[] {
  return ["why" in seen ? unknown(label, seen.why) : { label, ...row(seen.value) }];
}

function unknown(label: string, why: string): Row {
  return { label, text: `unknown: ${why}`, mood: "odd" };
}

function stackRow({ stack, namespace, now }: StatusFacts): Row {
  const [latest] = stack.history;
  const end = latest?.endTime === undefined ? "" : `, ${age(now.getTime() - new Date(latest.endTime).getTime())} ago`;
  const last = latest === undefined ? "" : `; last ${latest.kind} ${latest.result ?? "has not ended"}${end}`;
  return {
    label: "stack",
    text: `${stack.name}, namespace ${namespace}${last}`,
    mood: latest?.result === "failed" ? "bad" : "plain",
  };
}

function clusterRow({ cluster, runs }: StatusFacts): Row {
  const name = cluster.kind === "existing" ? `existing cluster, context ${cluster.name}` : `${cluster.kind} ${cluster.name}`;
  if ("why" in runs) return { label: "cluster", text: `${name} at ${cluster.server}: ${runs.why}`, mood: "bad" };
  return { label: "cluster", text: `${name} at ${cluster.server}, runs Kubernetes ${runs.value}`, mood: "good" };
}

function redisRows({ redis }: StatusFacts): Row[] {
  if ("why" in redis) return [unknown("Redis", redis.why), unknown("pins", "Redis was not read")];
  const { name, external, memory, pins } = redis.value;
  const where = external ? `external, ${name}` : name;
  const evicted = memory?.evictedKeys ?? 0;
  const room = memory === undefined ? "it does not tell its memory" : memoryText(memory);
  return [
    { label: "Redis", text: `${where}: ${room}`, mood: evicted > 0 ? "bad" : "plain" },
    ...seenRow("pins", pins, (it) => ({
      text: "keys" in it ? countedText(it) : scannedText(it),
      mood: "endless" in it && it.endless > 0 ? ("bad" as const) : ("plain" as const),
    })),
  ];
}

function memoryText({ usedBytes, maxBytes, policy, evictedKeys }: RedisMemory): string {
  const limit = maxBytes === 0 ? ", no limit" : ` of ${mebibytes(maxBytes)} MiB (${((100 * usedBytes) / maxBytes).toFixed(1)} %)`;
  return `${mebibytes(usedBytes)} MiB${limit}${policy === null ? "" : `, ${policy}`}; ${evictedKeys} evicted since it started`;
}

function mebibytes(bytes: number): string {
  return (bytes / 2 ** 20).toFixed(1);
}

function scannedText({ count, complete, ttl, endless }: ScannedPins): string {
  const seconds = (ms: number): string => `${Math.round(ms / 1000)} s`;
  const lives =
    ttl === undefined ? "" : `; TTL least ${seconds(ttl.least)}, median ${seconds(ttl.median)}, most ${seconds(ttl.most)}`;
  const forEver = endless === 0 ? "" : `; ${endless} never run out`;
  return `${complete ? "" : "at least "}${count}${lives}${forEver}`;
}

function countedText({ keys, averageMs }: CountedPins): string {
  const lives = averageMs === undefined ? "" : `; TTL about ${Math.round(averageMs / 1000)} s on average`;
  return `${keys}${lives} (Redis' own count of keys: its access list forbids SCAN, which the TTLs' spread takes)`;
}

const verdictMoods: Readonly<Record<string, Mood>> = { pass: "good", fail: "bad" };

function verdictRow({ verdict, now }: StatusFacts): Row {
  if ("why" in verdict) return { label: "verdict", text: verdict.why, mood: "odd" };
  const { value } = verdict;
  const at = value.at === undefined ? "" : ` (${when(value.at, now)})`;
  const of = value.gateway === "standin" ? " of the stand-in" : "";
  const held = value.sessions.filter((it) => it.verdict === "pass").length;
  const measured = `${held} of ${value.sessions.length} sessions held on ${value.replicas.length} replicas${of}`;
  const checks = value.checks.map((it) => `${it.id} ${it.verdict}`).join(", ");
  const parts = [value.reason, value.sessions.length === 0 ? null : measured, checks === "" ? null : checks];
  return {
    label: "verdict",
    text: [`${value.verdict}${at}`, ...parts.filter((it) => it !== null)].join("; "),
    mood: verdictMoods[value.verdict] ?? "odd",
  };
}

function reportRows({ report, now }: StatusFacts): Row[] {
  if (report === undefined) return [];
  return seenRow("report", report, ({ path, writtenAt, verdict, reason }) => ({
    text: `${verdict} (${when(writtenAt, now)})${reason === null ? "" : `; ${reason}`}; ${path}`,
    mood: verdictMoods[verdict] ?? "odd",
  }));
}

function addressRows({ stack: { outputs } }: StatusFacts): Row[] {
  const rows = [
    ["gateway at", outputs.gatewayUrl, outputs.gatewayHint],
    ["Jaeger at", outputs.jaegerUrl, outputs.jaegerHint],
  ] as const;
  return rows.flatMap(([label, url, hint]): Row[] => {
    if (url === undefined) return [];
    const first = (hint ?? "") === "" ? "" : ", through a tunnel: npm run open";
    return [{ label, text: `${url}${first}`, mood: "plain" }];
  });
}

/** Pure: the replicas' own table. */
export function replicaCells({ replicas }: StatusFacts): string[][] {
  if ("why" in replicas) return [];
  return replicas.value.map(({ name, state, ageMs, restarts, node }) => [
    name,
    state,
    ageMs === undefined ? "–" : age(ageMs),
    String(restarts),
    node ?? "–",
  ]);
}
