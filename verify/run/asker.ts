import { randomBytes } from "node:crypto";
import { masked, secretsIn } from "../../lib/http-headers";
import { apis, type Asking } from "../apis";
import type { Clock } from "../common/clock";
import { contractOf, type Contract } from "../contracts";
import type { Answer, Exchange, Replica } from "../history";
import { endpoint, HttpFailure, type HttpClient } from "../http/http-client";
import { type Attempt, readAnswer } from "../http/read-answer";
import type { VerifyOptions } from "../options";
import { RequestLog } from "./request-log";

export interface Question {
  readonly replica: Replica;
  readonly prompt: string;
  readonly session?: string;
  /** Number of the request within its session, from 0. An odd one ends in the result of a tool, where `turns` says so. */
  readonly round?: number;
  /** A check disturbs the deployment: one attempt, whose failure neither counts against the run nor tries our patience. */
  readonly duringFault?: boolean;
}

export interface AskerOptions extends Asking, Pick<VerifyOptions, "model" | "tenant" | "pin" | "contract" | "authorization"> {
  readonly client: Pick<HttpClient, "post">;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** Why connections to a replica break, where its tunnel knows more than the connection does. */
  readonly explain?: (replica: Replica) => string | undefined;
  /** Counts the attempts. Default: one of its own. */
  readonly log?: RequestLog;
}

const interrupted: Answer = { kind: "failure", reason: "interrupted" };

const mostAttempts = 3;

/** After this many questions in a row without an answer a replica is not asked any more. */
const patience = 5;

export class Asker {
  readonly log: RequestLog;
  readonly #contract: Contract;
  readonly #secrets: readonly string[];
  readonly #silences = new Map<Replica, { questions: number; reason: string }>();
  readonly #tracePrefix = randomBytes(8).toString("hex");
  #traces = 0;

  constructor(private readonly options: AskerOptions) {
    this.log = options.log ?? new RequestLog();
    this.#contract = contractOf(options);
    this.#secrets = secretsIn(options.authorization ?? "");
  }

  /** Never rejects: what went wrong is in the exchange's answer. Once called off, nothing is asked any more. */
  async ask(question: Question): Promise<Exchange> {
    const { clock, signal } = this.options;
    const { replica, prompt, duringFault = false } = question;
    const sentAt = clock.now();
    const silence = duringFault ? undefined : this.#silences.get(replica);
    if (silence !== undefined && silence.questions >= patience) {
      const answer: Answer = { kind: "failure", reason: `not asked any more after ${patience} failures: ${silence.reason}` };
      return { replica, prompt, traceId: "", attempts: 0, sentAt, answeredAt: sentAt, answer };
    }
    let traceId = "";
    let attempts = 0;
    let answer = interrupted;
    // No request is begun after an interruption, which also ends the wait before another attempt.
    for (let waitMs = 100; !signal.aborted; waitMs *= 3) {
      attempts++;
      traceId = `${this.#tracePrefix}${(++this.#traces).toString(16).padStart(16, "0")}`;
      const attempt = await this.#attempt(question, traceId);
      answer = attempt.answer;
      if (!attempt.retryable || duringFault || attempts === mostAttempts) break;
      answer = interrupted;
      await clock.sleep(Math.max(waitMs, attempt.waitMs ?? 0), signal);
    }
    if (!duringFault) this.#note(replica, answer);
    return { replica, prompt, traceId, attempts, sentAt, answeredAt: clock.now(), answer };
  }

  async #attempt(question: Question, traceId: string): Promise<Attempt> {
    const { client, clock, model, tenant, authorization, signal, stream = false, turns } = this.options;
    const api = apis[this.options.api ?? "chat"];
    const { endpoint: path = api.path, sessionHeader, unpinnedHeaders } = this.#contract;
    const { replica, prompt, session, round = 0, duringFault } = question;
    // They are offered in every request: what comes before the conversation must stay the same for an anchor to hold.
    const tools = turns !== "tools" ? "none" : round % 2 === 0 ? "offered" : "called";
    const failed = (reason: string): void => this.log.failed(`${replica.name}: ${reason}`, duringFault);
    const startedAt = clock.now();
    this.log.started();
    try {
      const answer = await client.post(
        endpoint(replica.url, path),
        {
          traceparent: `00-${traceId}-${traceId.slice(16)}-01`,
          ...api.headers,
          ...(session === undefined ? unpinnedHeaders : { [spelling(sessionHeader, round)]: session }),
          ...(authorization === undefined ? {} : { authorization }),
          ...(tenant === undefined ? {} : { [tenant.name]: tenant.value }),
        },
        JSON.stringify({ model, ...(stream && { stream }), ...api.body(prompt, tools) }),
      );
      // A gateway that refuses a key may repeat it.
      const result = readAnswer({ ...answer, body: masked(answer.body, this.#secrets) }, this.#contract, this.options);
      if (result.answer.kind === "model") this.log.answered(replica.name, clock.now() - startedAt);
      else failed(result.answer.reason);
      return result;
    } catch (error) {
      if (!(error instanceof HttpFailure)) throw error;
      if (signal.aborted) return { answer: interrupted, retryable: false };
      const why = this.options.explain?.(replica);
      const reason = why === undefined ? error.message : `${error.message}: ${why}`;
      failed(reason);
      return { answer: { kind: "failure", reason }, retryable: error.retryable };
    }
  }

  #note(replica: Replica, answer: Answer): void {
    if (answer.kind === "model") this.#silences.delete(replica);
    else if (!this.options.signal.aborted) {
      this.#silences.set(replica, { questions: (this.#silences.get(replica)?.questions ?? 0) + 1, reason: answer.reason });
    }
  }
}

/** Rounds take turns, so that a gateway that is particular about the letters' case shows itself. */
function spelling(header: string, round: number): string {
  const small = header.toLowerCase();
  return round % 2 === 0 ? small.replace(/\b[a-z]/g, (letter) => letter.toUpperCase()) : small;
}
