import assert from "node:assert/strict";
import { createServer, type RequestListener } from "node:http";
import { visit } from "../../../commands/status/browser";
import { startSocketServer } from "../verify/fake-socket-server";
import { listening } from "../../../lib/testing/listening";
import { StackState } from "./stack-state";

const { signal } = new AbortController();

/** A web server on loopback until the end of its test. */
const serve = (answer: RequestListener) => listening(createServer(answer));

describe("npm run open", function () {
  this.timeout(300_000);
  let state: StackState;

  before(async function () {
    state = await StackState.create(this, "open-it");
  });
  after(() => state?.[Symbol.asyncDispose]());

  it("knows only --print", async () => {
    const { code, output } = await state.task("open", "--prnt");
    assert.deepEqual([code, output], [1, "npm run open does not know --prnt; it takes --print\n"]);
  });

  it("prints what answers and what has to run first, and without --print that there is no desktop", async () => {
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
    assert.deepEqual([open.code, open.output], [0, `${print.output}There is no desktop here: open the addresses yourself.\n`]);
  });
});

describe("a visit", () => {
  it("asks a page as a browser does, reads how it begins and no more, and says why nothing answers", async () => {
    await using server = await serve((_, response) => void response.writeHead(404).write("page".repeat(10_000)));
    const answer = await visit(server.url, signal);
    assert.deepEqual(answer, { status: 404, head: "page".repeat(1_024) });
    assert.equal(await visit("http://127.0.0.1:1", signal), "connection refused");
    await using silent = await startSocketServer(() => undefined);
    assert.equal(await visit(`http://${silent.address}`, signal, 100), "no answer within 0.1 s");
    await using stuck = await serve((_, response) => void response.writeHead(200).write("<html>"));
    assert.equal(await visit(stuck.url, signal, 100), "no answer within 0.1 s");
  });
});
