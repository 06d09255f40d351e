import assert from "node:assert/strict";
import { createServer, type RequestListener } from "node:http";
import { connect } from "node:net";
import { visit } from "../../../commands/status/browser";
import { Forwarder } from "../../../commands/status/forward";
import { startSocketServer } from "../verify/fake-socket-server";
import { listening } from "../../../lib/testing/listening";
import { Tunnel } from "../../../verify/targets/tunnel";
import { StackState } from "./stack-state";

const { signal } = new AbortController();

/** A web server on loopback until the end of its test. */
const serve = (answer: RequestListener) => listening(createServer(answer));

describe("npm run open", function () {
  this.timeout(60_000);
  let state: StackState;

  before(async function () {
    state = await StackState.create(this, "open-it");
  });
  after(() => state?.[Symbol.asyncDispose]());

  it("knows only --print", async () => {
    const { code, output } = await state.task("open", "--prnt");
    assert.deepEqual([code, output], [1, "npm run open does not know --prnt; it takes --print\n"]);
  });

  it("prints the addresses with --print; without a desktop also what answers, and why the rest does not", async () => {
    await using server = await serve((_, response) => response.end("here"));
    const { url: jaegerUrl } = server;
    const addresses = { gatewayUrl: "http://localhost:12000", gatewayHint: "kubectl …", jaegerUrl, jaegerHint: "" };
    await state.pulumi("stack", "init", "open-it");
    await state.setOutputs({ kubeconfig: "{}", namespace: "demo", ...addresses });
    const print = await state.task("open", "--print");
    assert.equal(print.code, 0, print.output);
    const lines = [`  Jaeger   ${jaegerUrl}`, "  gateway  http://localhost:12000/v1/models", "           first run: kubectl …"];
    assert.deepEqual(print.output.split("\n").slice(0, 3), lines);
    const open = await state.task("open");
    assert.equal(open.code, 0, open.output);
    assert.ok(open.output.includes(`${lines[0]}\n`), open.output);
    assert.match(open.output, /\n {11}cannot be reached: /);
    assert.match(open.output, /There is no desktop here: open the addresses yourself\.\n$/);
  });
});

describe("a forwarder", () => {
  const gateway = { selector: "app=plano", port: 12_000 };

  it("leads each connection to a pod that is ready then", async () => {
    await using a = await serve((_, response) => response.end("a"));
    await using b = await serve((_, response) => response.end("b"));
    let ready = [{ name: "a" }];
    let disposed = 0;
    const tunnel = (pod: string | (() => Promise<string>)) =>
      Tunnel.listen(async (connection) => {
        const name = typeof pod === "string" ? pod : await pod();
        const upstream = connect(Number(new URL((name === "a" ? a : b).url).port), "127.0.0.1");
        connection.pipe(upstream).pipe(connection);
        return { on: (_event, listener) => upstream.on("close", listener), close: () => upstream.destroy() };
      });
    const forwarder = new Forwarder({ tunnel, readyPods: async () => ready, [Symbol.dispose]: () => void disposed++ });
    const url = await forwarder.to(gateway);
    const ask = async () => (await fetch(url, { headers: { connection: "close" } })).text();
    assert.equal(await ask(), "a");
    ready = [{ name: "b" }];
    assert.equal(await ask(), "b");
    ready = [];
    await assert.rejects(ask(), "there is no pod");
    await assert.rejects(forwarder.to(gateway), { name: "Unmeasurable", message: "no pod app=plano is ready" });
    await forwarder[Symbol.asyncDispose]();
    assert.equal(disposed, 1);
    assert.equal(await visit(url, signal), "connection refused");
  });

  it("asks a page as a browser does, reads how it begins and no more, and says why nothing answers", async () => {
    await using server = await serve((_, response) => void response.writeHead(404).write("page".repeat(10_000)));
    const answer = await visit(server.url, signal);
    assert.deepEqual(answer, { status: 404, head: "page".repeat(1_024) });
    await using silent = await startSocketServer(() => undefined);
    assert.equal(await visit(`http://${silent.address}`, signal, 100), "no answer within 0.1 s");
    await using stuck = await serve((_, response) => void response.writeHead(200).write("<html>"));
    assert.equal(await visit(stuck.url, signal, 100), "no answer within 0.1 s");
  });
});
