export interface Replica {
  /** Unique within a run: the pod's name, or the name the user gave. */
  readonly name: string;
  /** Where it is asked; the path of the API is below it. */
  readonly url: string;
  /** The pod that answers there, where the target knows it. */
  readonly pod?: string;
}

export type Answer =
  | {
      readonly kind: "model";
      /** As the upstream, or the gateway, wrote it. */
      readonly model: string;
      /** Whether the gateway says that a pin was used; undefined where its contract has no means for that. */
      readonly saysPinned?: boolean;
      /** The replica, as the answer names it; undefined where it does not, or its contract has no means for that. */
      readonly replica?: string;
    }
  | { readonly kind: "failure"; /** One line for people. */ readonly reason: string };

/** Whether it is believed to be the name of a model. */
export function isName(text: string): boolean {
  return text.length > 0 && text.length <= 256 && !/[\u0000-\u001f\u007f-\u009f]/.test(text);
}

/** One question to one replica and its answer, retries included. Times are `Clock.now()` milliseconds. */
export interface Exchange {
  readonly replica: Replica;
  readonly prompt: string;
  /** W3C trace id that the last attempt carried. */
  readonly traceId: string;
  readonly attempts: number;
  readonly sentAt: number;
  readonly answeredAt: number;
  readonly answer: Answer;
}

/** A session that is being played: its exchanges in the order in which they were made, one after another. */
export interface Session {
  readonly index: number;
  readonly id: string;
  readonly exchanges: Exchange[];
  /** It was pinned before this run began. */
  continued: boolean;
  /** Answers after this time are no evidence: the pin may have run out. `Clock.now()` milliseconds. */
  pinnedUntil: number;
}

/** The models of the session's answers, in their order; requests without an answer are left out. */
export function modelsOf({ exchanges }: Pick<Session, "exchanges">): string[] {
  return exchanges.flatMap(({ answer }) => (answer.kind === "model" ? [answer.model] : []));
}

/** The model of the session's first answer, which is what it is pinned to; undefined when there was none. */
export function pinnedModel(session: Pick<Session, "exchanges">): string | undefined {
  const first = session.exchanges[0]?.answer;
  return first?.kind === "model" ? first.model : undefined;
}
