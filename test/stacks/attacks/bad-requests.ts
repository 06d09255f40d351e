import { chatBody, prompts } from "./chat";
import type { Outcome } from "./raw-connection";

const CHAT = chatBody(prompts.sum);

/** The head of a chat request, without the empty line, so that more lines may follow. */
export function head(lines: readonly string[] = [], length = Buffer.byteLength(CHAT)): string {
  return `${["POST /v1/chat/completions HTTP/1.1", "host: gateway", "content-type: application/json", `content-length: ${length}`, ...lines].join("\r\n")}\r\n`;
}

/** Requests that are malformed or too large, each with what it is, and the outcomes that are right for it. */
export const malformed: readonly { readonly what: string; readonly bytes: string; readonly right: readonly Outcome[] }[] = [
  { what: "a header of 64 KiB", bytes: `${head([`x-padding: ${"p".repeat(64 * 1024)}`])}\r\n${CHAT}`, right: [431] },
  { what: "5,000 headers", bytes: `${head(Array.from({ length: 5_000 }, (_, n) => `x-${n}: v`))}\r\n${CHAT}`, right: [431] },
  // Where the answer comes before it has sent everything, it may meet a reset.
  {
    what: "a session id of 1 MB",
    bytes: `${head([`x-model-affinity: ${"s".repeat(1_000_000)}`])}\r\n${CHAT}`,
    right: [431, "closed"],
  },
  ...["00", "01", "0b", "0d", "1b", "7f"].map((hex) => ({
    what: `a session id with the control character ${hex}`,
    bytes: `${head([`x-model-affinity: s${Buffer.from(hex, "hex").toString("latin1")}s`])}\r\n${CHAT}`,
    right: [400],
  })),
  { what: "two lengths", bytes: `${head(["content-length: 1"])}\r\n${CHAT}`, right: [400] },
  { what: "a length and chunks", bytes: `${head(["transfer-encoding: chunked"])}\r\n0\r\n\r\n`, right: [400] },
  { what: "no HTTP at all", bytes: "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03 client hello\r\n\r\n", right: [400] },
];

/** A whole request with a body of this text. */
export const request = (body: string, lines: readonly string[] = []): string =>
  `${head(lines, Buffer.byteLength(body, "latin1"))}\r\n${body}`;

/** A valid chat request of `bytes` bytes and far more objects than bytes suggest: each `{}` takes some 60. */
export const denseBody = (bytes: number): string =>
  `{"model":"openai/gpt-4o-mini","messages":[{"role":"user","content":"What is 2 and 2?"}],"pad":[${"{},".repeat(bytes / 3)}{}]}`;

/** A valid chat request with a system prompt of `bytes` bytes, in which every second character takes three. */
export const wideBody = (bytes: number): string =>
  Buffer.from(CHAT.replace("[{", `[{"role":"system","content":"${"€a".repeat(bytes / 4)}"},{`)).toString("latin1");
