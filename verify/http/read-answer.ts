import { oneLine } from "../common/errors";
import { isName, type Answer } from "../history";
import type { HttpAnswer } from "./http-client";

/** Statuses that a gateway or a load balancer gives while it is starting, overloaded or losing an upstream. */
const retryableStatuses: ReadonlySet<number> = new Set([429, 502, 503]);

/** Makes sense of a chat completion's answer; anything but a 2xx JSON object with a `model` is a failure. */
export function readAnswer(answer: HttpAnswer): { readonly answer: Answer; readonly retryable: boolean } {
  const { status, body } = answer;
  if (status < 200 || status > 299) {
    return { answer: failure(`HTTP ${status}${detail(answer)}`), retryable: retryableStatuses.has(status) };
  }
  return { answer: readCompletion(body, answer), retryable: false };
}

function readCompletion(body: string, answer: HttpAnswer): Answer {
  if (body.trim() === "") return failure("the answer is empty");
  const parsed = parseObject(body);
  if (parsed === undefined) return failure(`the answer is not a JSON object${detail(answer)}`);
  const { model } = parsed;
  if (typeof model === "string" && isName(model)) return { kind: "model", model };
  if (typeof model === "string" && model !== "") return failure("the model in the answer is not a name");
  return failure(`the answer names no model${detail(answer)}`);
}

function detail({ body, contentType }: HttpAnswer): string {
  const error = parseObject(body)?.["error"];
  const message = typeof error === "object" && error !== null && "message" in error ? error.message : error;
  if (typeof message === "string") return `: ${oneLine(message, 120)}`;
  const type = oneLine(contentType.split(";")[0] ?? "", 40);
  return body.trim() === "" ? " with an empty body" : type === "" || type === "application/json" ? "" : ` (${type})`;
}

function parseObject(body: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(body);
    return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}

function failure(reason: string): Answer {
  return { kind: "failure", reason };
}
