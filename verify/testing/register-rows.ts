import { judgeRegister, type RegisterEvent, type RegisterJudgement } from "../register";

/**
 * Requests as text, parted by `;`: replica, time of the request, time of the answer, and the model that was answered
 * (`-`: none), with the model that routing gives the prompt behind a slash where it is known.
 */
export function events(rows: string): RegisterEvent[] {
  return rows.split(";").map((row) => {
    const [replica = "", invokedAt, returnedAt, answer = ""] = row.trim().split(/\s+/);
    const [model, routed] = answer.split("/");
    const times = { invokedAt: Number(invokedAt), returnedAt: Number(returnedAt) };
    return { replica, ...times, model: model === "-" ? undefined : model, ...(routed === undefined ? {} : { routed }) };
  });
}

/** Judges them as requests for a pin that lives two seconds. */
export function judge(rows: string, lifetimeMs = 2_000, toleranceMs = 0): RegisterJudgement {
  return judgeRegister(events(rows), { lifetimeMs, toleranceMs });
}

/** What is accused: kinds and sentences. */
export function said(rows: string, lifetimeMs?: number): string[] {
  return judge(rows, lifetimeMs).violations.map(({ kind, sentence }) => `${kind}: ${sentence}`);
}

/** Two first requests that are answered differently. */
export const race = "a 0 20 small; b 1 25 large; ";
