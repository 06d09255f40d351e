import { randomBytes } from "node:crypto";
import type { Exchange, Replica, Session } from "../../history";
import type { VerifyOptions } from "../../options";
import type { RunContext } from "../../run/context";
import { sessionPrefix } from "../../run/session-prefix";

export interface Step<Stage extends string> {
  readonly stage: Stage;
  readonly exchange: Exchange;
}

/** A session of a check's own. Its steps are the session's exchanges, in the order in which they were asked. */
export interface Trial<Stage extends string> {
  readonly session: Session;
  readonly steps: readonly Step<Stage>[];
}

export class PlayedTrial<Stage extends string> implements Trial<Stage> {
  readonly steps: Step<Stage>[] = [];
  #rounds = 0;

  constructor(
    readonly session: Session,
    private readonly run: Pick<RunContext, "asker">,
  ) {}

  /**
   * Asks several replicas at the same instant.
   * @returns the models that they answered, in the same order; undefined where there was no answer
   */
  async ask(
    stage: Stage,
    questions: readonly { readonly replica: Replica; readonly prompt: string }[],
  ): Promise<(string | undefined)[]> {
    const round = this.#rounds++;
    const asked = questions.map((question) => this.run.asker.ask({ ...question, session: this.session.id, round }));
    const exchanges = await Promise.all(asked);
    this.session.exchanges.push(...exchanges);
    this.steps.push(...exchanges.map((exchange) => ({ stage, exchange })));
    return exchanges.map(({ answer }) => (answer.kind === "model" ? answer.model : undefined));
  }
}

/**
 * A prefix for sessions that must not be pinned yet: of a prefix that the user has fixed, an earlier run may have left
 * pins, so it gets a part that is new each time.
 */
export function freshPrefix({ sessionPrefix: fixed }: Pick<VerifyOptions, "sessionPrefix">, of: string): string {
  return sessionPrefix({ sessionPrefix: fixed }, fixed === undefined ? of : `${of}${randomBytes(4).toString("hex")}-`);
}
