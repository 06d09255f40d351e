import assert from "node:assert/strict";
import { connectionProblem } from "./connection-problem";
import { redisProblem } from "../redis/connect";

const failed = (code: string, message = "it failed"): Error => Object.assign(new Error(message), { code });

/** Others are shown by real connections: test/integration/verify/bad-input.test.ts and bad-input-redis.test.ts. */
describe("a connection that failed", () => {
  const cases: readonly [codes: string, said: string, message?: string][] = [
    ["EPIPE", "connection reset"],
    ["EAI_AGAIN", "host name not found"],
    ["EHOSTUNREACH ENETUNREACH", "host not reachable"],
    ["ERR_SSL_WRONG_VERSION_NUMBER ERR_SSL_PACKET_LENGTH_TOO_LONG", "it does not speak TLS"],
    ["EPROTO", "it refused the TLS handshake (protocol version)", "80:error:0A00042E:tlsv1 alert protocol version:s3.c"],
    ["CERT_HAS_EXPIRED", "its certificate has expired"],
    ["ERR_TLS_CERT_ALTNAME_INVALID", "its certificate is for another name"],
    ["EMFILE", "too many open files (EMFILE)", "too many\nopen files"],
  ];
  for (const [codes, said, message] of cases) {
    for (const code of codes.split(" ")) {
      it(`is explained: ${code}`, () => assert.equal(connectionProblem(failed(code, message)), said));
    }
  }
});

describe("a Redis that cannot be read", () => {
  const problem = (error: Error, tls?: boolean): string => redisProblem(error, { address: "Redis at h:1", tls, limitSeconds: 5 });

  // Others are shown by a real one: test/integration/verify/bad-input-redis.test.ts.
  const cases: readonly [name: string, said: string, expected: string][] = [
    ["a wrong password, before Redis 6", problem(failed("", "ERR invalid password"), false), "refused the password"],
    [
      "silence with TLS",
      problem(failed("ETIMEDOUT", "connect ETIMEDOUT"), true),
      "gave no TLS answer within 5 s: is it without TLS? Try redis://",
    ],
    ["the end at once", problem(failed("ECONNRESET"), true), "ended the connection: is it without TLS? Try redis://"],
  ];
  for (const [name, said, expected] of cases) it(`is explained: ${name}`, () => assert.equal(said, `Redis at h:1 ${expected}`));
});
