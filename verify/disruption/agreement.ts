import type { Replica } from "../history";
import { judgeReads, worstOf } from "./judge-reads";
import type { Pins } from "./pins";

/**
 * Begins a fresh session on one replica and reads it on all others.
 * @param turn chooses the replica on which it begins; all have their turn
 * @returns undefined when all others honoured it, else what went wrong, in one sentence
 */
export async function disagreement(pins: Pins, replicas: readonly Replica[], turn: number): Promise<string | undefined> {
  const at = turn % replicas.length;
  const order = [...replicas.slice(at), ...replicas.slice(0, at)];
  const [writer, ...readers] = order;
  if (writer === undefined) return "no replica is ready";
  const [pin] = await pins.begin(1, [writer], true);
  if (pin === undefined) return `${writer.name} did not answer`;
  const reads = await Promise.all(readers.map((reader, i) => pins.read(pin, reader, i + 1, true)));
  return worstOf(judgeReads(reads))?.why;
}
