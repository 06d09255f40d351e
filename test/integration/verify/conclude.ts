import type { Check } from "../../../verify/run/check";
import type { Finding } from "../../../verify/report/report";
import { systemClock } from "../../../verify/common/clock";
import type { DisruptionEvent } from "../../../verify/disruption/event";
import { defaultLimits, type Limits } from "../../../verify/disruption/stage";
import { HttpClient } from "../../../verify/http/http-client";
import { defaultOptions, type VerifyOptions } from "../../../verify/options";
import { defaultPrompts } from "../../../verify/prompts";
import { Asker } from "../../../verify/run/asker";
import type { RunContext } from "../../../verify/run/context";
import { choosePrompts } from "../../../verify/run/plan";
import { surveyPrompts } from "../../../verify/run/survey";
import type { ConnectedTarget } from "../../../verify/targets/target";

/** Limits with which nobody has to wait for long. */
export const shortLimits: Limits = { ...defaultLimits, landMs: 10_000, recoverMs: 15_000, intervalMs: 50 };

/** Runs one check against a target, without the shared sessions. */
export async function conclude(check: Check, target: ConnectedTarget, overrides: Partial<VerifyOptions> = {}): Promise<Finding> {
  const options = { ...defaultOptions, checks: [check.id], allowDisruption: true, timeoutSeconds: 5, ...overrides };
  const signal = options.signal ?? new AbortController().signal;
  using client = new HttpClient({ ...options, connectionsPerReplica: target.connectionsPerReplica });
  const asker = new Asker({ ...options, client, clock: systemClock, signal, explain: () => undefined });
  const run: RunContext = {
    options,
    target,
    replicas: target.replicas,
    prompts: defaultPrompts,
    asker,
    clock: systemClock,
    signal,
    progress: () => undefined,
    freshnessKnown: true,
  };
  const survey = await surveyPrompts(run, true);
  const running = await check.begin(run);
  return await running.conclude({ survey, choice: choosePrompts(survey, run.replicas.length), sessions: [] });
}

export function eventsOf({ evidence }: Finding): readonly DisruptionEvent[] {
  return evidence["events"] as readonly DisruptionEvent[];
}
