import assert from "node:assert/strict";
import { connectionProblem } from "./connection-problem";
import { redisProblem } from "../redis/connect";

const failed = (code: string, message = "it failed"): Error => Object.assign(new Error(message), { code });

describe("a connection that failed", () => {
  const untrusted = "its certificate is not trusted: name its authority's file in NODE_EXTRA_CA_CERTS";
  const cases: readonly [codes: string, said: string, message?: string][] = [
    ["ECONNREFUSED", "connection refused"],
    ["ECONNRESET EPIPE", "connection reset"],
    ["ENOTFOUND EAI_AGAIN", "host name not found"],
    ["EHOSTUNREACH ENETUNREACH", "host not reachable"],
    ["EPROTO", "it does not speak TLS", "write EPROTO 80:error:0A00010B\nSSL routines:wrong version number\n"],
    ["ERR_SSL_WRONG_VERSION_NUMBER ERR_SSL_PACKET_LENGTH_TOO_LONG", "it does not speak TLS"],
    [
      "EPROTO ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED",
      "it wants a client certificate, and none can be given",
      "80:error:0A00045C:SSL routines:ssl3_read_bytes:tlsv13 alert certificate required:rec_layer_s3.c:1586:SSL alert number 116",
    ],
    [
      "EPROTO",
      "it refused the TLS handshake (protocol version)",
      "write EPROTO 80:error:0A00042E:tlsv1 alert protocol version:s3.c",
    ],
    ["HPE_INVALID_CONSTANT", "it does not speak HTTP"],
    ["HPE_HEADER_OVERFLOW", "the headers of the answer are too long"],
    ["CERT_HAS_EXPIRED", "its certificate has expired"],
    ["ERR_TLS_CERT_ALTNAME_INVALID", "its certificate is for another name"],
    ["UNABLE_TO_VERIFY_LEAF_SIGNATURE DEPTH_ZERO_SELF_SIGNED_CERT", untrusted],
    ["EMFILE", "too many open files (EMFILE)", "too many\nopen files"],
    ["", "socket hang up", "socket hang up"],
  ];
  for (const [codes, said, message] of cases) {
    for (const code of codes.split(" ")) {
      it(`is explained: ${code || "no code"}`, () => assert.equal(connectionProblem(failed(code, message)), said));
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
