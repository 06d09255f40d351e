import Table from "cli-table3";
import pc from "picocolors";
import type { RedisMemory } from "../../verify/redis/memory";
import type { StatusFacts } from "./look";
import type { CountedPins, ScannedPins } from "./redis";
import type { Seen } from "./seen";

/** Widest line on a terminal, for usual names, in characters. */
const width = 100;
const labelWidth = 13;

/** `bad` rows need attention. */
type Mood = "good" | "bad" | "odd" | "plain";

/** One line of the screen. */
type Row = readonly [label: string, text: string, mood: Mood];

/**
 * Pure: the status on one screen.
 * @param style `tables` for people; without them one line a row, for other programs
 */
export function renderStatus(facts: StatusFacts, style: { readonly color: boolean; readonly tables: boolean }): string {
  const { green, red, yellow } = pc.createColors(style.color);
  const paint = { good: green, bad: red, odd: yellow, plain: String } satisfies Record<Mood, (text: string) => string>;
  const rows = statusRows(facts);
  const replicas = "why" in facts.replicas ? [] : facts.replicas.value;
  const cells = replicas.map((it) => {
    const old = it.ageMs === undefined ? "–" : age(it.ageMs);
    return [it.name, it.state, old, String(it.restarts), it.node ?? "–"] as const;
  });
  if (!style.tables) {
    const line = (label: string, text: string): string => `${label.padEnd(labelWidth - 2)} ${text}`;
    return rows
      .flatMap(([label, text, mood]) => {
        const behind = label === "replicas" ? cells : [];
        const lines = behind.map(([name, state, old, restarts, node]) =>
          line("replica", `${name}: ${state}, age ${old}, ${restarts} restarts, on node ${node}`),
        );
        return [line(label, paint[mood](text)), ...lines];
      })
      .join("\n");
  }
  const plain = { head: [], border: [], compact: true };
  const table = new Table({ colWidths: [labelWidth, width - labelWidth - 3], wordWrap: true, style: plain });
  // A word that is wider than its cell would be cut.
  const longWord = new RegExp(`\\S{${width - labelWidth - 6}}`, "g");
  for (const [label, text, mood] of rows) table.push([label, paint[mood](text.replaceAll(longWord, "$& "))]);
  if (cells.length === 0) return table.toString();
  const replicaTable = new Table({ head: ["replica", "state", "age", "restarts", "node"], style: plain });
  replicaTable.push(...cells.map((it) => [...it]));
  return `${table.toString()}\n${replicaTable.toString()}`;
}

function statusRows(facts: StatusFacts): Row[] {
  return [
    stackRow(facts),
    clusterRow(facts),
    seenRow("gateway", facts.gateway, ({ kind, version, image, fault }) => {
      const known = version === undefined ? "" : ` ${version}`;
      const what = kind === "standin" ? `stand-in for Plano${known}` : `Plano${known || " of unknown version"}`;
      const broken = fault === undefined ? "" : `, with the fault ${fault}`;
      return [`${what}${broken}, image ${image}`, fault === undefined ? "plain" : "odd"];
    }),
    seenRow("replicas", facts.gateway, ({ ready, wanted, updated }) => {
      const rollout = updated < wanted ? `, ${updated} of ${wanted} of the latest version` : "";
      return [`${ready} of ${wanted} ready${rollout}`, ready < wanted ? "bad" : updated < wanted ? "odd" : "good"];
    }),
    seenRow("autoscaler", facts.autoscaler, ({ current, desired, min, max, cpu, cpuTarget }) => {
      const change = desired === current ? "" : `, on the way to ${desired}`;
      const size = `${current} replicas${change}, from ${min} to ${max}`;
      const target = cpuTarget === undefined ? "" : `${cpuTarget} %`;
      if ("why" in cpu) return [`${size}; CPU unknown${target && ` (target ${target})`}: ${cpu.why}`, "odd"];
      return [`${size}; CPU ${cpu.value} %${target && ` of ${target}`}`, "plain"];
    }),
    ...redisRows(facts),
    verdictRow(facts),
    ...reportRows(facts),
    ...addressRows(facts),
  ];
}

/** A row for what was seen, or for why it was not. */
function seenRow<T>(label: string, seen: Seen<T>, row: (value: T) => readonly [text: string, mood: Mood]): Row {
  return "why" in seen ? [label, `unknown: ${seen.why}`, "odd"] : [label, ...row(seen.value)];
}

function stackRow({ stack: { name, history }, namespace, now }: StatusFacts): Row {
  const [latest] = history;
  const end = latest?.endTime === undefined ? "" : `, ${age(now.getTime() - new Date(latest.endTime).getTime())} ago`;
  const last = latest === undefined ? "" : `; last ${latest.kind} ${latest.result ?? "has not ended"}${end}`;
  return ["stack", `${name}, namespace ${namespace}${last}`, latest?.result === "failed" ? "bad" : "plain"];
}

function clusterRow({ cluster, runs }: StatusFacts): Row {
  const name = cluster.kind === "existing" ? `existing cluster, context ${cluster.name}` : `${cluster.kind} ${cluster.name}`;
  if ("why" in runs) return ["cluster", `${name} at ${cluster.server}: ${runs.why}`, "bad"];
  return ["cluster", `${name} at ${cluster.server}, runs Kubernetes ${runs.value}`, "good"];
}

function redisRows({ redis }: StatusFacts): Row[] {
  const pins: Seen<ScannedPins | CountedPins> = "why" in redis ? { why: "Redis was not read" } : redis.value.pins;
  return [
    seenRow("Redis", redis, ({ name, external, memory }) => {
      const room = memory === undefined ? "it does not tell its memory" : memoryText(memory);
      return [`${external ? "external, " : ""}${name}: ${room}`, (memory?.evictedKeys ?? 0) > 0 ? "bad" : "plain"];
    }),
    seenRow("pins", pins, (it) =>
      "keys" in it ? [countedText(it), "plain"] : [scannedText(it), it.endless > 0 ? "bad" : "plain"],
    ),
  ];
}

function memoryText({ usedBytes, maxBytes, policy, evictedKeys }: RedisMemory): string {
  const mebibytes = (bytes: number): string => `${(bytes / 2 ** 20).toFixed(1)} MiB`;
  const limit = maxBytes === 0 ? ", no limit" : ` of ${mebibytes(maxBytes)} (${((100 * usedBytes) / maxBytes).toFixed(1)} %)`;
  return `${mebibytes(usedBytes)}${limit}${policy === null ? "" : `, ${policy}`}; ${evictedKeys} evicted since it started`;
}

function scannedText({ count, complete, ttl, endless }: ScannedPins): string {
  const [least, median, most] = [ttl?.least, ttl?.median, ttl?.most].map((ms = 0) => `${Math.round(ms / 1000)} s`);
  const lives = ttl === undefined ? "" : `; TTL least ${least}, median ${median}, most ${most}`;
  return `${complete ? "" : "at least "}${count}${lives}${endless === 0 ? "" : `; ${endless} never expire`}`;
}

function countedText({ keys, averageMs }: CountedPins): string {
  const lives = averageMs === undefined ? "" : `; TTL about ${Math.round(averageMs / 1000)} s on average`;
  return `${keys}${lives} (Redis' own count of keys: its access list forbids SCAN, which would show the spread of TTLs)`;
}

const verdictMoods: Readonly<Record<string, Mood>> = { pass: "good", fail: "bad" };

function verdictRow({ verdict: seen, now }: StatusFacts): Row {
  if ("why" in seen) return ["verdict", seen.why, "odd"];
  const { verdict, reason, gateway, replicas, sessions, checks, at } = seen.value;
  const held = sessions.filter((it) => it.verdict === "pass").length;
  const of = gateway === "standin" ? " of the stand-in" : "";
  const measured = `${held} of ${sessions.length} sessions held on ${replicas.length} replicas${of}`;
  const parts = [
    `${verdict}${at === undefined ? "" : ` (${when(at, now)})`}`,
    reason ?? "",
    sessions.length === 0 ? "" : measured,
    checks.map((it) => `${it.id} ${it.verdict}`).join(", "),
  ];
  return ["verdict", parts.filter((it) => it !== "").join("; "), verdictMoods[verdict] ?? "odd"];
}

function reportRows({ report, now }: StatusFacts): Row[] {
  if (report === undefined) return [];
  const row = seenRow("report", report, ({ path, writtenAt, verdict, reason }) => [
    `${verdict} (${when(writtenAt, now)})${reason === null ? "" : `; ${reason}`}; ${path}`,
    verdictMoods[verdict] ?? "odd",
  ]);
  return [row];
}

function addressRows({ stack: { outputs } }: StatusFacts): Row[] {
  const addresses = [
    ["gateway at", outputs.gatewayUrl, outputs.gatewayHint],
    ["Jaeger at", outputs.jaegerUrl, outputs.jaegerHint],
  ] as const;
  return addresses.flatMap(([label, url, hint = ""]): Row[] =>
    url === undefined ? [] : [[label, `${url}${hint === "" ? "" : ", through a tunnel: npm run open"}`, "plain"]],
  );
}

/** Milliseconds as a person says them roughly: `45 s`, `3 min`, `5 h`, `2 d`. */
export function age(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  if (seconds < 120) return `${seconds} s`;
  if (seconds < 2 * 3600) return `${Math.floor(seconds / 60)} min`;
  if (seconds < 48 * 3600) return `${Math.floor(seconds / 3600)} h`;
  return `${Math.floor(seconds / 86_400)} d`;
}

/** `2026-03-01 12:00:05 UTC, 3 min ago`. */
function when(at: Date, now: Date): string {
  return `${at.toISOString().slice(0, 19).replace("T", " ")} UTC, ${age(now.getTime() - at.getTime())} ago`;
}
