import assert from "node:assert/strict";
import { formatTraceparent, otlpTracesUrl, parseTraceparent } from "./traces";

const traceId = "0af7651916cd43dd8448eb211c80319c";
const spanId = "b7ad6b7169203331";

describe("traceparent", () => {
  it("is read and written, sampled or not, of later versions too", () => {
    const header = `00-${traceId}-${spanId}-01`;
    const context = parseTraceparent(header);
    assert.deepEqual(context, { traceId, spanId, traceFlags: 1, isRemote: true });
    assert.equal(context && formatTraceparent(context), header);
    assert.equal(parseTraceparent(`00-${traceId}-${spanId}-00`)?.traceFlags, 0);
    assert.equal(parseTraceparent(`01-${traceId}-${spanId}-03-more`)?.traceFlags, 1);
  });

  it("is ignored when it is malformed", () => {
    const zeros = [`00-${"0".repeat(32)}-${spanId}-01`, `00-${traceId}-${"0".repeat(16)}-01`];
    const others = [`ff-${traceId}-${spanId}-01`, `00-${traceId.toUpperCase()}-${spanId}-01`, `00-${traceId}-${spanId}`];
    for (const header of [undefined, "", ...zeros, ...others]) assert.equal(parseTraceparent(header), undefined, header);
  });
});

describe("the collector's address", () => {
  for (const [endpoint, url] of [
    ["http://jaeger.plano-demo:4317", "http://jaeger.plano-demo:4318/v1/traces"],
    ["http://127.0.0.1:40000/", "http://127.0.0.1:40000/v1/traces"],
    ...["https://jaeger:4317", "jaeger:4317", "http://", "http://jaeger:4317/v1/traces"].map((it) => [it, undefined] as const),
  ] as const) {
    it(`for ${endpoint} is ${url}`, () => assert.equal(otlpTracesUrl(endpoint), url));
  }
});
