/** A failure that is answered to the client, with its status and OpenAI error type. */
export class HttpError extends Error {
  override readonly name = "HttpError";

  /** @param retryAfterSeconds when the client may try again */
  constructor(
    readonly status: number,
    message: string,
    readonly type = "invalid_request_error",
    readonly retryAfterSeconds?: number,
  ) {
    super(message);
  }
}
