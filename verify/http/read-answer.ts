import { apis, type Api, type Asking } from "../apis";
import { oneLine } from "../common/errors";
import type { Contract } from "../contracts";
import { isName, type Answer } from "../history";
import type { HttpAnswer } from "./http-client";
import { eventsIn } from "./server-sent-events";

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

/** Makes sense of an API's answer; anything but a 2xx that is whole and names one model is a failure. */
export function readAnswer(
  answer: HttpAnswer,
  { servedModel, pinnedHeader, replicaHeader = "" }: Where = {},
  { api: name = "chat", stream = false }: Asking = {},
): Attempt {
  const { status, headers } = answer;
  const api = apis[name];
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
  const header = servedModel !== undefined && "header" in servedModel ? servedModel.header : undefined;
  const field = servedModel !== undefined && "body" in servedModel ? servedModel.body : undefined;
  // A whole answer need not be JSON where its header says all.
  const said = header !== undefined && !stream ? [] : stream ? readStream(answer, api) : readWhole(answer);
  if (typeof said === "string") return { answer: failure(said), retryable: false };
  const read =
    header === undefined
      ? named(
          said.map((it) => (field === undefined ? api.model(it) : it[field])),
          field === undefined || field === "model" ? "" : `field ${field}`,
          answer,
        )
      : named([headerOf(header)], `header ${header}`, answer);
  if (read.kind === "failure") return { answer: read, retryable: false };
  const own = said.map((it) => api.saysPinned?.(it)).find((it) => typeof it === "boolean");
  const saysPinned = pinnedHeader === undefined ? own : headerOf(pinnedHeader.name) === pinnedHeader.value;
  const replica = headerOf(replicaHeader);
  const more = { ...(saysPinned !== undefined && { saysPinned }), ...(isName(replica) && { replica }) };
  return { answer: { ...read, ...more }, retryable: false };
}

/** The answer, or what is wrong with it. */
function readWhole(answer: HttpAnswer): readonly Fields[] | string {
  if (answer.body.trim() === "") return "the answer is empty";
  const parsed = parse(answer.body);
  return isObject(parsed) ? [parsed] : `the answer is not a JSON object${detail(answer)}`;
}

/** The parts of a stream that are like an answer, or what is wrong with it. */
function readStream(answer: HttpAnswer, { stream: { part, ends } = { ends: ["[DONE]"] } }: Api): readonly Fields[] | string {
  const read = eventsIn(answer.body).map((data) => (data === "[DONE]" ? { type: data } : parse(data)));
  if (read.length === 0) return answer.body.trim() === "" ? "the answer is empty" : `the answer is no stream${detail(answer)}`;
  const events = read.filter(isObject);
  const failed = events.find(({ type, error }) => type === "error" || type === "response.failed" || Boolean(error));
  if (failed !== undefined) {
    const [words = ""] = wordsIn(isObject(failed["response"]) ? failed["response"] : failed);
    return `the stream has an error${words === "" ? "" : `: ${readable(words)}`}`;
  }
  if (!events.some(({ type }) => ends.includes(String(type))))
    return `the stream was cut off: ${read.length} event${read.length === 1 ? "" : "s"}, and no ${ends[0]}`;
  if (events.length < read.length) return "an event of the stream is not a JSON object";
  return part === undefined ? events : events.map((event) => event[part]).filter(isObject);
}

/** @param where the model is named; empty for the usual place */
function named(models: readonly unknown[], where: string, answer: HttpAnswer): Answer {
  const [model, ...others] = new Set(models.filter((it): it is string => typeof it === "string" && it !== ""));
  if (model === undefined) return failure(`the answer names no model${where === "" ? "" : ` in its ${where}`}${detail(answer)}`);
  if (!isName(model)) return failure("the model in the answer is not a name");
  if (others.length === 0) return { kind: "model", model };
  return failure(`the stream names several models: ${oneLine([model, ...others].join(", "), 200)}`);
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
  if (message.trim() !== "") return `: ${readable(message)}`;
  return body.trim() === "" ? " with an empty body" : type === "" || type === "application/json" ? "" : ` (${type})`;
}

/** A word of a megabyte would take hours to search for keys. */
function readable(message: string): string {
  return oneLine(withoutKeys(message.trim().slice(0, 2_000)), 200);
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

function isObject(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

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
