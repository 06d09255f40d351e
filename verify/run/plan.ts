import type { Survey } from "./survey";

/**
 * Indices of the replicas of one session: who is asked first, and who is asked in each later round. Writers take turns; a
 * writer's sessions go on through the other replicas where its previous session stopped. So every ordered pair is covered as
 * soon as the numbers allow it: see {@link sessionsNeeded}.
 */
export function itinerary(session: number, replicas: number, rounds: number) {
  const writer = session % replicas;
  const turn = Math.floor(session / replicas);
  const others = replicas - 1;
  const readers = Array.from({ length: rounds - 1 }, (_, k) => {
    const step = (turn * (rounds - 1) + k) % others;
    return (writer + 1 + step) % replicas;
  });
  return { writer, readers };
}

/** The least number of sessions that covers every ordered pair of replicas. */
export function sessionsNeeded(replicas: number, rounds: number): number {
  return replicas * Math.ceil((replicas - 1) / (rounds - 1));
}

/**
 * How the check `race` plays sessions, each of which asks all replicas at once.
 * - `count`: 8 to 64, for a race shows in a few or not at all; it may end before those that the run did not ask for
 * - `atOnce`: few, so that the first requests of one are not held up by the others
 */
export function racePlan(
  { sessions, concurrency }: { readonly sessions: number; readonly concurrency: number },
  replicas: number,
) {
  const count = Math.min(Math.max(8, sessions), 64);
  return { count, atOnce: Math.max(1, Math.min(4, Math.floor(concurrency / replicas))) };
}

/** Chooses prompts by what the survey saw of them. */
export interface PromptChoice {
  /** A session's first prompt: the models take turns, and each writer gets each model in time. */
  first(session: number): string;
  /** A prompt of the model whose turn it is. */
  ofModel(turn: number, at: number): string;
  /** A follow-up that unpinned routing sends to another model than `pinned`. */
  followUp(session: number, round: number, pinned: string): string;
  readonly modelOf: (prompt: string) => string | undefined;
  /** Whether it shows a pin that the prompt was answered by the session's model. */
  showsPin(prompt: string, pinned: string): boolean;
}

/**
 * @param shuffle for a fixed session prefix: a number from 0 to below 1, so that a session pinned by an earlier run is
 *   likely to be asked something else first and shows itself. Asked once for as many sessions as there are models:
 *   among those every model still has its turn
 */
export function choosePrompts(survey: Survey, replicas: number, shuffle?: () => number): PromptChoice {
  const modelOf = new Map(survey.prompts.flatMap(({ prompt, model }) => (model === null ? [] : [[prompt, model]])));
  // Where sessions are what is routed, any prompt will do.
  const bySession = survey.targets !== undefined;
  const usable = bySession ? survey.prompts.map(({ prompt }) => prompt) : [...modelOf.keys()];
  const byModel = bySession ? [usable] : survey.models.map((model) => usable.filter((prompt) => modelOf.get(prompt) === model));
  const elsewhere = new Map<string, readonly string[]>();
  const shifts: number[] = [];
  const shiftOf = (session: number): number => {
    const group = Math.floor(session / byModel.length);
    return (shifts[group] ??= Math.floor((shuffle?.() ?? 0) * byModel.length));
  };
  const pick = (prompts: readonly string[] | undefined, at: number): string => prompts?.[at % prompts.length] ?? "";
  const ofModel = (turn: number, at: number): string => pick(byModel[turn % byModel.length], at);
  return {
    ofModel,
    first: (session) => {
      const turn = Math.floor(session / replicas);
      return ofModel(session + (shuffle === undefined ? turn : shiftOf(session)), turn);
    },
    followUp: (session, round, pinned) => {
      const others = elsewhere.get(pinned) ?? usable.filter((prompt) => modelOf.get(prompt) !== pinned);
      elsewhere.set(pinned, others);
      return pick(others, session + round - 1);
    },
    modelOf: (prompt) => modelOf.get(prompt),
    showsPin: (prompt, pinned) => bySession || ![pinned, undefined].includes(modelOf.get(prompt)),
  };
}
