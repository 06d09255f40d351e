import assert from "node:assert/strict";
import { FakeApiServer } from "../../lib/kubernetes/testing/fake-api-server";
import { freePort } from "../../standin/testing/redis";
import { mockEngine, valueOf } from "../testing/pulumi-mocks";
import { hintNow, warnUnlessReachable } from "./address";
import { gatewayAddress, type GatewayPlace } from "./gateway-service";

const place: GatewayPlace = {
  serviceType: "ClusterIP",
  ingress: { kind: "none" },
  namespace: "demo",
  kubectl: "kubectl --context mine",
  balancer: undefined,
  node: undefined,
};
const host = "llm.example.com";

describe("the gateway's address", () => {
  const cases: readonly (readonly [Partial<GatewayPlace>, string])[] = [
    [{ serviceType: "NodePort", node: "10.0.0.2" }, "http://10.0.0.2:32000"],
    [{ serviceType: "NodePort", node: "fd00::2" }, "http://[fd00::2]:32000"],
    [{ serviceType: "LoadBalancer", balancer: "lb.example.com", node: "10.0.0.2" }, "http://lb.example.com:12000"],
    [{ ingress: { kind: "Ingress", host } }, "http://llm.example.com"],
    [{ ingress: { kind: "Ingress", host, tlsSecret: "llm-tls" } }, "https://llm.example.com"],
    [{ ingress: { kind: "HTTPRoute", host, gateway: "g", tls: true } }, "https://llm.example.com"],
    [{ serviceType: "NodePort", node: "10.0.0.2", ingress: { kind: "Ingress", host } }, "http://llm.example.com"],
  ];
  for (const [changed, expected] of cases)
    it(`is ${expected}, with ${JSON.stringify(changed)}, and needs no command`, () => {
      const { url, hint, advice } = gatewayAddress({ ...place, ...changed });
      assert.deepEqual([url, hint, advice !== undefined], [expected, undefined, true]);
    });

  it("is a tunnel where nothing leads to it, with the command that opens it", () => {
    for (const changed of [{}, { serviceType: "NodePort" }, { serviceType: "LoadBalancer", node: "10.0.0.2" }] as const) {
      assert.deepEqual(gatewayAddress({ ...place, ...changed }), {
        url: "http://localhost:12000",
        hint: "kubectl --context mine --namespace demo port-forward service/plano 12000:12000",
      });
    }
  });

  it("leads to the tunnel where it does not answer, and only there", async () => {
    const service = { kubectl: "kubectl --context mine", namespace: "demo", service: "plano", port: 12_000 };
    const hint = (answers: boolean | undefined, needed = "") => valueOf(hintNow(needed, answers, service));
    assert.equal(
      await hint(false),
      "kubectl --context mine --namespace demo port-forward service/plano 12000:12000  # then http://localhost:12000 answers",
    );
    assert.equal(await hint(true), "");
    assert.equal(await hint(undefined, "kubectl …"), "kubectl …");
  });
});

describe("a look at the gateway's address", () => {
  let gateway: FakeApiServer;
  before(async () => (gateway = await FakeApiServer.start()));
  after(() => gateway[Symbol.asyncDispose]());
  beforeEach(() => mockEngine());
  afterEach(() => gateway.requests.splice(0));

  /** @returns whether the address answered, what was warned of, and how often the gateway was asked */
  async function look(
    url = gateway.url,
    hint?: string,
    patienceMs = 2_000,
  ): Promise<readonly [boolean | undefined, string[], number]> {
    const warnings: string[] = [];
    const address = { url, advice: "open the port", ...(hint === undefined ? {} : { hint }) };
    const answered = await valueOf(warnUnlessReachable(address, (text) => warnings.push(text), patienceMs));
    return [answered, warnings, gateway.requests.length];
  }

  it("asks for its health, waits for a service that nodes do not know yet, and says nothing when it answers", async () => {
    gateway.answers.set("/healthz", () => (gateway.requests.length < 3 ? 503 : "ok"));
    assert.deepEqual(await look(gateway.url, undefined, 60_000), [true, [], 3]);
    assert.equal(gateway.requests[0], "GET /healthz");
  });

  it("warns with the answer and the remedy when it is another", async () => {
    gateway.answers.set("/healthz", 404);
    const [answered, warnings] = await look();
    assert.equal(answered, false);
    assert.deepEqual(warnings, [`gatewayUrl: ${gateway.url} does not answer from here: HTTP 404\n  → open the port`]);
  });

  it("warns with the cause when nothing answers", async () => {
    const [answered, warnings] = await look(`http://127.0.0.1:${await freePort()}`);
    assert.equal(answered, false);
    assert.match(warnings[0] ?? "", /does not answer from here: connection refused\n {2}→ open the port$/);
  });

  it("asks nobody where a command of the user's has to run first, nor in a preview", async () => {
    assert.deepEqual(await look(gateway.url, "kubectl …"), [undefined, [], 0]);
    await mockEngine({ preview: true });
    assert.deepEqual(await look(), [undefined, [], 0]);
  });
});
