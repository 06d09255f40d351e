import assert from "node:assert/strict";
import { connectionProblem } from "./connection-problem";
import { redisProblem } from "../redis/connect";

const failed = (code: string | undefined, message = "it failed"): Error => Object.assign(new Error(message), { code });

describe("a connection that failed", () => {
  const cases: readonly [Error, string][] = [
    [failed("ECONNREFUSED"), "connection refused"],
    [failed("ECONNRESET"), "connection reset"],
    [failed("EPIPE"), "connection reset"],
    [failed("ENOTFOUND"), "host name not found"],
    [failed("EAI_AGAIN"), "host name not found"],
    [failed("EHOSTUNREACH"), "host not reachable"],
    [failed("ENETUNREACH"), "host not reachable"],
    [failed("EPROTO", "write EPROTO 80:error:0A00010B\nSSL routines:wrong version number\n"), "it does not speak TLS"],
    [failed("HPE_INVALID_CONSTANT"), "it does not speak HTTP"],
    [failed("HPE_HEADER_OVERFLOW"), "the headers of the answer are too long"],
    [failed("CERT_HAS_EXPIRED"), "its certificate has expired"],
    [failed("ERR_TLS_CERT_ALTNAME_INVALID"), "its certificate is for another name"],
    [
      failed("UNABLE_TO_VERIFY_LEAF_SIGNATURE"),
      "its certificate is not trusted: name its authority's file in NODE_EXTRA_CA_CERTS",
    ],
    [failed("EMFILE", "too many\nopen files"), "too many open files (EMFILE)"],
    [failed(undefined, "socket hang up"), "socket hang up"],
  ];
  for (const [error, said] of cases) {
    it(`is explained: ${(error as NodeJS.ErrnoException).code ?? "no code"}`, () => assert.equal(connectionProblem(error), said));
  }
});

describe("a Redis that cannot be read", () => {
  const problem = (error: Error, tls?: boolean): string => redisProblem(error, { address: "Redis at h:1", tls, limitSeconds: 5 });

  // Others are shown by a real one: test/integration/verify/bad-input-redis.test.ts.
  const cases: readonly [name: string, said: string, expected: string][] = [
    ["a wrong password, before Redis 6", problem(failed(undefined, "ERR invalid password"), false), "refused the password"],
    [
      "silence with TLS",
      problem(failed("ETIMEDOUT", "connect ETIMEDOUT"), true),
      "gave no TLS answer within 5 s: is it without TLS? Try redis://",
    ],
    ["the end at once", problem(failed("ECONNRESET"), true), "ended the connection: is it without TLS? Try redis://"],
  ];
  for (const [name, said, expected] of cases) it(`is explained: ${name}`, () => assert.equal(said, `Redis at h:1 ${expected}`));
});
