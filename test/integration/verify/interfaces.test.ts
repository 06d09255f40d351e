import assert from "node:assert/strict";
import { startGateway, type StartedGateway } from "../../../standin/testing";
import { defaultOptions, type Report, type VerifyOptions } from "../../../verify";
import { apiNames, apis, turnKinds, type Asking } from "../../../verify/apis";
import { verifyFake } from "./fake-deployment";
import { verify } from "./report-schema";
import { startCli } from "./start-cli";
import { checkOf, said, targetOf, twoGateways, verifyGateways } from "./trial-gateways";

/** Every way of asking, as options and as words of a command line. */
const ways = apiNames.flatMap((api) =>
  [false, true].flatMap((stream) => turnKinds.map((turns): Required<Asking> => ({ api, stream, turns }))),
);
const possible = ways.filter(({ api, stream }) => !stream || apis[api].stream !== undefined);
const inWords = ({ api, stream, turns }: Required<Asking>): string => `--api ${api}${stream ? " --stream" : ""} --turns ${turns}`;

describe("the ways in which a gateway is asked", function () {
  this.timeout(60_000);
  const shared = twoGateways();
  let forgetful: readonly StartedGateway[] = [];
  before(async () => {
    const options = { stubUrl: shared.stub.url, redisUrl: shared.redis.url, fault: "memory-cache" };
    forgetful = await Promise.all(["a", "b"].map((podName) => startGateway({ ...options, podName })));
  });
  after(() => Promise.all(forgetful.map((it) => it[Symbol.asyncDispose]())));

  const healthy = () => targetOf([shared.a, shared.b], { redisUrl: shared.redis.url, jaegerUrl: shared.collector.url });
  const judge = (options: Partial<VerifyOptions>): Promise<Report> =>
    verify({ ...defaultOptions, target: healthy(), ...options });

  for (const way of possible) {
    it(`pass on healthy replicas, and see pins that are not shared: ${inWords(way)}`, async () => {
      const traces = way.api === "routing" ? [] : ["traces"];
      const passed = await judge({ ...way, checks: ["control", "pinning", "redis", ...traces, "race"] });
      assert.deepEqual([passed.verdict, passed.reason, passed.requests.failed], ["pass", null, 0]);
      const failed = await judge({ ...way, target: targetOf(forgetful), checks: ["control", "pinning"] });
      assert.match(said(failed, "control"), /^pass: /);
      assert.match(said(failed, "pinning"), /^fail: .* answered openai\/\S+ in round \d, although /);
    });
  }

  it("are said in the report, and on the command line", async () => {
    const replicas = [shared.a, shared.b].flatMap(({ podName, url }) => ["--replica", `${podName}=${url}`]);
    const { code, stdout, stderr } = await startCli([...replicas, "--api", "messages", "--stream", "--turns", "tools"]).ended;
    assert.equal(code, 0, stderr);
    assert.match(stdout, /^Target {3}replicas a=\S+, b=\S+, api messages, streamed, turns tools$/m);
    const decided = await startCli([...replicas, "--api", "routing", "--jaeger-url", shared.collector.url]).ended;
    assert.match(decided.stdout, /^Left out: traces, for decisions \(--api routing\) leave the same spans/m);
  });

  it("leave traces of decisions unknown where they are asked for by name", async () => {
    const report = await judge({ api: "routing", checks: ["control", "traces"] });
    assert.equal(report.verdict, "unknown");
    assert.match(said(report, "traces"), /^unknown: decisions \(--api routing\) leave the same spans/);
  });

  it("stay the same before the conversation, as anchored pins want it", async () => {
    const redisUrl = shared.redis.url;
    const gateway = { stubUrl: shared.stub.url, redisUrl, planoVersion: "0.4.36" };
    for (const api of apiNames) {
      const options = { api, stream: api !== "routing", turns: "tools", pin: "anchored", ttlSeconds: 300 } as const;
      const report = await verifyGateways({ checks: ["control", "pinning", "redis"], gateway, redisUrl, options });
      assert.deepEqual([report.verdict, report.reason], ["pass", null]);
    }
  });
});

describe("a gateway that breaks its answers", function () {
  this.timeout(30_000);
  it("has failed requests where it ends a stream early", async () => {
    const report = await verifyFake({ stream: true }, ({ misbehaviour }) => {
      for (const [name, end] of Object.entries({ a: "data: [DONE]\n\n", b: "" }))
        misbehaviour.set(name, (_request, response) => {
          response.writeHead(200, { "content-type": "text/event-stream" });
          response.end(`data: {"model":"small"}\n\n${end}`);
          return true;
        });
    });
    assert.equal(report.verdict, "unknown");
    const reason = "the stream was cut off: 1 event, and no [DONE]";
    assert.equal(said(report, "control"), `unknown: replica b did not answer: ${reason}`);
    assert.ok(report.requests.failed > 0);
  });

  it("is seen to forget a session after a tool's result, if turns are so", async () => {
    for (const [turns, verdict] of [
      ["user", "pass"],
      ["tools", "fail"],
    ] as const) {
      const report = await verifyFake({ turns }, ({ misbehaviour, pins }) => {
        for (const name of ["a", "b"])
          misbehaviour.set(name, ({ session = "", afterTool }) => {
            if (afterTool) pins.delete(session);
            return false;
          });
      });
      assert.equal(checkOf(report, "pinning").verdict, verdict);
    }
  });

  it("is seen by control to route a tool's result, and not the prompt before it", async () => {
    const report = await verifyFake({ turns: "tools" }, ({ misbehaviour }) => {
      for (const name of ["a", "b"]) misbehaviour.set(name, ({ afterTool }) => afterTool && [200, { model: "small" }]);
    });
    assert.match(said(report, "control"), /^unknown: every prompt got small without the header \(2 of 4 prompts answered consis/);
  });
});
