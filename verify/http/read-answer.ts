import { oneLine } from "../common/errors";
import type { Contract } from "../contracts";
import { isName, type Answer } from "../history";
import type { HttpAnswer } from "./http-client";

/** Statuses that a gateway or a load balancer gives while it is starting, overloaded or losing an upstream. */
const retryableStatuses: ReadonlySet<number> = new Set([429, 502, 503]);

/** The longest that is waited where an answer names a time for the next try, in seconds. */
const mostWaitSeconds = 10;

/** What came of one attempt. */
export interface Attempt {
  readonly answer: Answer;
  readonly retryable: boolean;
  /** Before that the next attempt is of no use, in milliseconds. Default 0. */
  readonly waitMs?: number;
}

/** Where an answer says what is to be known of it. */
type Where = Pick<Contract, "servedModel" | "pinnedHeader" | "replicaHeader">;

/** Makes sense of a chat completion's answer; anything but a 2xx that names a model where the contract says is a failure. */
export function readAnswer(answer: HttpAnswer, where: Where = {}): Attempt {
  const { servedModel = { body: "model" }, pinnedHeader, replicaHeader = "" } = where;
  const { status, body, headers } = answer;
  const { "retry-after": retryAfter = "" } = headers;
  if (status < 200 || status > 299) {
    // No such place, or not for this: the address may have a path too much.
    const where = (status === 404 || status === 405) && answer.path !== undefined ? ` at ${oneLine(answer.path)}` : "";
    const reason = `HTTP ${status}${where}${detail(answer)}`;
    // Seconds; nobody in this field sends the other form, a date.
    const seconds = retryableStatuses.has(status) && /^\d{1,9}$/.test(retryAfter) ? Number(retryAfter) : 0;
    if (seconds > mostWaitSeconds) return { answer: failure(`${reason}; try again in ${seconds} s`), retryable: false };
    return { answer: failure(reason), retryable: retryableStatuses.has(status), waitMs: seconds * 1000 };
  }
  const headerOf = (name: string): string => String(headers[name.toLowerCase()] ?? "");
  const read =
    "header" in servedModel
      ? named(headerOf(servedModel.header), `header ${servedModel.header}`, answer)
      : readCompletion(body, servedModel.body, answer);
  if (read.kind === "failure") return { answer: read, retryable: false };
  const saysPinned = pinnedHeader && { saysPinned: headerOf(pinnedHeader.name) === pinnedHeader.value };
  const replica = headerOf(replicaHeader);
  return { answer: { ...read, ...saysPinned, ...(isName(replica) && { replica }) }, retryable: false };
}

function readCompletion(body: string, field: string, answer: HttpAnswer): Answer {
  if (body.trim() === "") return failure("the answer is empty");
  const parsed = parse(body);
  if (typeof parsed !== "object" || parsed === null || Array.isArray(parsed))
    return failure(`the answer is not a JSON object${detail(answer)}`);
  return named((parsed as Fields)[field], field === "model" ? "" : `field ${field}`, answer);
}

/** @param where the model is named; empty for the usual place */
function named(model: unknown, where: string, answer: HttpAnswer): Answer {
  if (typeof model === "string" && isName(model)) return { kind: "model", model };
  if (typeof model === "string" && model !== "") return failure("the model in the answer is not a name");
  return failure(`the answer names no model${where === "" ? "" : ` in its ${where}`}${detail(answer)}`);
}

/** OpenAI, and what speaks like it, repeats the beginning and the end of a key that it refuses. */
function withoutKeys(message: string): string {
  return message
    .replace(/\bsk-[\w*-]+/g, "sk-…")
    .replace(/(API key provided: )\S+?(?=\.?(?:\s|$))|\S*\*{4}\S*/gi, (_, before = "") => `${before}…`);
}

function detail({ body, headers }: HttpAnswer): string {
  // As Envoy says it, and so Plano, at the end of a long line.
  if (body.includes("CERTIFICATE_VERIFY_FAILED"))
    return ": it does not trust an upstream's certificate (CERTIFICATE_VERIFY_FAILED)";
  const type = oneLine(headers["content-type"]?.split(";")[0] ?? "", 40);
  const message = wordsIn(parse(body))[0] ?? (/^(text\/plain)?$/.test(type) && !/^\s*[<[{]/.test(body) ? body : "");
  // A word of a megabyte would take hours to search for keys.
  if (message.trim() !== "") return `: ${oneLine(withoutKeys(message.trim().slice(0, 2_000)), 200)}`;
  return body.trim() === "" ? " with an empty body" : type === "" || type === "application/json" ? "" : ` (${type})`;
}

/** Where gateways, and what stands before them, put what they have to say, outermost first. */
const keysOfWords = ["message", "error", "detail", "errors", "msg", "error_description", "title"] as const;

/** The words in what an error says, the best first: `{ error: { message } }`, `[{ error }]`, `{ detail: [{ msg }] }`, … */
function wordsIn(value: unknown, depth = 4): readonly string[] {
  if (typeof value === "string") return value.trim() === "" ? [] : [value];
  if (typeof value !== "object" || value === null || depth === 0) return [];
  const inner = Array.isArray(value) ? (value as unknown[]).slice(0, 4) : keysOfWords.map((key) => (value as Fields)[key]);
  return inner.flatMap((it) => wordsIn(it, depth - 1));
}

type Fields = Readonly<Record<string, unknown>>;

function parse(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return undefined;
  }
}

function failure(reason: string): Answer {
  return { kind: "failure", reason };
}
