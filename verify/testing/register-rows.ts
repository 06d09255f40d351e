import { judgeRegister, type RegisterEvent, type RegisterJudgement } from "../register";

/** Replica, time of the request, time of the answer, model (null: none), and where routing sends the prompt. */
export type Row = readonly [replica: string, invokedAt: number, returnedAt: number, model: string | null, routed?: string];

export function eventOf([replica, invokedAt, returnedAt, model, routed]: Row): RegisterEvent {
  return { replica, invokedAt, returnedAt, model: model ?? undefined, ...(routed === undefined ? {} : { routed }) };
}

/** Judges them as requests for a pin that lives two seconds. */
export function judge(rows: readonly Row[], lifetimeMs = 2_000, toleranceMs = 0): RegisterJudgement {
  return judgeRegister(rows.map(eventOf), { lifetimeMs, toleranceMs });
}

/** What is accused: kinds and sentences. */
export function said(rows: readonly Row[], lifetimeMs?: number): string[] {
  return judge(rows, lifetimeMs).violations.map(({ kind, sentence }) => `${kind}: ${sentence}`);
}

/** Two first requests that are answered differently. */
export const race: readonly Row[] = [
  ["a", 0, 20, "small"],
  ["b", 1, 25, "large"],
];
