import assert from "node:assert/strict";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { hintNow, warnUnlessReachable } from "./reachable";
import { mockEngine, valueOf } from "../testing/pulumi-mocks";

describe("a look at the gateway's address", () => {
  before(() => mockEngine());

  /** Looks, with an answer made up, or by the network where there is none. */
  async function look(url: string, answer?: () => Promise<{ status: number }>, hint?: string, patienceMs = 0) {
    const asked: string[] = [];
    const warnings: string[] = [];
    const ask = (it: string) => {
      asked.push(it);
      return answer === undefined ? fetch(it) : answer();
    };
    const address = { url, advice: "open the port", ...(hint === undefined ? {} : { hint }) };
    const answered = await valueOf(warnUnlessReachable(address, { ask, warn: (text) => warnings.push(text), patienceMs }));
    return { answered, asked, warnings };
  }

  it("asks once for its health, and says nothing when it answers", async () => {
    assert.deepEqual(await look("http://10.0.0.2:32000", async () => ({ status: 200 })), {
      answered: true,
      asked: ["http://10.0.0.2:32000/healthz"],
      warnings: [],
    });
  });

  it("waits a while for a service that nodes do not know yet", async () => {
    let looks = 0;
    const late = async () => {
      if (++looks < 3) throw new Error("connect ECONNREFUSED");
      return { status: 200 };
    };
    const { answered, warnings } = await look("http://10.0.0.2:32000", late, undefined, 5_000);
    assert.deepEqual([answered, looks, warnings], [true, 3, []]);
  });

  it("warns with the answer and the remedy when it is another", async () => {
    const { answered, warnings } = await look("http://llm.example.com", async () => ({ status: 404 }));
    assert.equal(answered, false);
    assert.deepEqual(warnings, ["gatewayUrl: http://llm.example.com does not answer from here: HTTP 404\n  → open the port"]);
  });

  it("warns with the cause when nothing answers", async () => {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const { port } = server.address() as AddressInfo;
    await new Promise((resolve) => server.close(resolve));
    const { answered, warnings } = await look(`http://127.0.0.1:${port}`);
    assert.equal(answered, false);
    assert.match(warnings[0] ?? "", /does not answer from here: connect ECONNREFUSED 127\.0\.0\.1:\d+\n {2}→ open the port$/);
  });

  it("leads to the tunnel where the address does not answer, and only there", async () => {
    const service = { kubectl: "kubectl --context mine", namespace: "demo", service: "plano", port: 12_000 };
    const hint = (answers: boolean | undefined, needed = "") => valueOf(hintNow(needed, answers, service));
    assert.equal(
      await hint(false),
      "kubectl --context mine --namespace demo port-forward service/plano 12000:12000  # then http://localhost:12000 answers",
    );
    assert.equal(await hint(true), "");
    assert.equal(await hint(undefined, "kubectl …"), "kubectl …");
  });

  it("asks nobody where a command of the user's has to run first, nor in a preview", async () => {
    const refuse = async (): Promise<never> => assert.fail("asked");
    assert.deepEqual((await look("http://localhost:12000", refuse, "kubectl …")).asked, []);
    await mockEngine({ preview: true });
    assert.deepEqual((await look("http://10.0.0.2:32000", refuse)).asked, []);
  });
});
