import { forEachConcurrently } from "../common/pool";
import type { Exchange, Replica } from "../history";
import type { Finding } from "../report/report";
import type { RunContext } from "./context";

export type SurveyedPrompt = {
  readonly prompt: string;
  /** The one model that every answer named; null when the answers differ or there are fewer than two. */
  readonly model: string | null;
  readonly answers: readonly { readonly replica: string; readonly model: string | null }[];
};

/** What sessions of each replica's own reached: by the replica's name, and by the target's the number of sessions. */
export type Targets = ReadonlyMap<string, ReadonlyMap<string, number>>;

export interface Survey {
  readonly prompts: readonly SurveyedPrompt[];
  /** Models of the prompts whose answers agree, sorted. */
  readonly models: readonly string[];
  /** Replicas that did not answer the first question put to them. */
  readonly silent: readonly { readonly replica: Replica; readonly reason: string }[];
  /** Requests that all replicas together answered in a second, as many at once as `concurrency` says. */
  readonly perSecond: number;
  /** Of a gateway that routes by session; no prompt has a model then. */
  readonly targets?: Targets;
}

/** Pure: requests a second in a disturbance. What is drowned says nothing: who answered more slowly gets a third of that. */
export function paceOf({ perSecond }: Pick<Survey, "perSecond">, wanted: number): number {
  return perSecond >= wanted ? wanted : Math.max(1, Math.floor(perSecond / 3));
}

/** Prompts that are asked first: enough to see two models where only a sample is wanted. */
const sampleSize = 4;

/**
 * Sends prompts without the header, each to at least two replicas and over all of them in turn. The first prompt goes
 * to every replica, and a replica that does not answer it ends the survey.
 * @param whole false: a few prompts will do if they show two models
 */
export async function surveyPrompts(run: RunContext, whole: boolean): Promise<Survey> {
  const { prompts, replicas } = run;
  const exchanges: Exchange[] = [];
  // Each prompt is asked as an even round of a session and as an odd one, for these may differ.
  const ask = async (question: { prompt: string; replica: Replica; round: number }): Promise<void> => {
    exchanges.push(await run.asker.ask(question));
  };
  const askAll = (from: number, to: number): Promise<void> => {
    const pairs = prompts
      .slice(from, to)
      .flatMap((prompt, i) =>
        [0, 1].map((round) => ({ prompt, replica: replicas[(from + i + round) % replicas.length] as Replica, round })),
      );
    return forEachConcurrently(pairs, run.options.concurrency, run.signal, ask);
  };

  run.progress({ phase: "control: asking without the header" });
  const [first] = prompts;
  await Promise.all(replicas.map((replica, round) => ask({ prompt: first as string, replica, round })));
  const silent = exchanges.flatMap(({ replica, answer }) =>
    answer.kind === "failure" ? [{ replica, reason: answer.reason }] : [],
  );
  if (silent.length > 0 || run.signal.aborted) return { ...summarise(prompts, exchanges), silent, perSecond: 0 };

  const answered = (): number => exchanges.filter(({ answer }) => answer.kind === "model").length;
  const [begunAt, before] = [run.clock.now(), answered()];
  await askAll(1, whole ? prompts.length : sampleSize);
  if (!whole && summarise(prompts, exchanges).models.length < 2) await askAll(sampleSize, prompts.length);
  const perSecond = ((answered() - before) * 1_000) / Math.max(1, run.clock.now() - begunAt);
  return { ...summarise(prompts, exchanges), silent, perSecond };
}

/** Pure: what the exchanges say of each prompt that was asked. */
export function summarise(prompts: readonly string[], exchanges: readonly Exchange[]): Pick<Survey, "prompts" | "models"> {
  const byPrompt = new Map(prompts.map((prompt) => [prompt, [] as SurveyedPrompt["answers"][number][]]));
  for (const { prompt, replica, answer } of exchanges)
    byPrompt.get(prompt)?.push({ replica: replica.name, model: answer.kind === "model" ? answer.model : null });
  const surveyed = [...byPrompt].flatMap(([prompt, answers]): SurveyedPrompt[] => {
    if (answers.length === 0) return [];
    const models = answers.flatMap(({ model }) => (model === null ? [] : [model]));
    const agreed = models.length >= 2 && new Set(models).size === 1;
    return [{ prompt, model: agreed ? (models[0] ?? null) : null, answers }];
  });
  const models = new Set(surveyed.flatMap(({ model }) => (model === null ? [] : [model])));
  return { prompts: surveyed, models: [...models].sort() };
}

/** Pure: whether the survey can tell a pin from mere routing. */
export function judgeSurvey(survey: Survey): Finding {
  const { prompts, models, silent } = survey;
  const usable = prompts.filter(({ model }) => model !== null).length;
  const unknown = (summary: string): Finding => ({ verdict: "unknown", summary, evidence: { models, prompts } });
  if (silent.length > 0) {
    return unknown(silent.map(({ replica, reason }) => `replica ${replica.name} did not answer: ${reason}`).join("; "));
  }
  if (models.length < 2) {
    const seen = models.length === 0 ? "no prompt got the same model twice" : `every prompt got ${models[0]}`;
    return unknown(
      `${seen} without the header (${usable} of ${prompts.length} prompts answered consistently), so any pin would look right`,
    );
  }
  const counts = models.map((model) => `${model} ${prompts.filter((prompt) => prompt.model === model).length}×`);
  const unused = prompts.length - usable;
  return {
    verdict: "pass",
    summary:
      `${usable} prompts without the header were routed to ${models.length} models (${counts.join(", ")})` +
      (unused === 0 ? "" : `; ${unused} answered inconsistently and not used`),
    evidence: { models, prompts },
  };
}
