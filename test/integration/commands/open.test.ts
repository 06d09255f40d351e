import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { silence } from "../../../commands/status/browser";
import { Forwarder } from "../../../commands/status/forward";
import { FakeSocketServer } from "../verify/fake-socket-server";
import { skipBecause } from "../../../lib/testing/skip";
import { StackState } from "./stack-state";

const signal = new AbortController().signal;

describe("npm run open", function () {
  this.timeout(60_000);
  let state: StackState;

  before(async function () {
    state = (await StackState.create("open-it")) ?? skipBecause(this, "there is no Pulumi on this machine");
  });
  after(() => state?.[Symbol.asyncDispose]());

  it("knows only --print", async () => {
    const { code, output } = await state.task("open", "--prnt");
    assert.deepEqual([code, output], [1, "npm run open knows no --prnt; it takes --print\n"]);
  });

  it("prints the addresses with --print, and the command that leads to one", async () => {
    await state.init();
    const hint = "kubectl port-forward service/plano 12000:12000";
    await state.setOutputs({
      kubeconfig: "{}",
      namespace: "demo",
      gatewayUrl: "http://localhost:12000",
      gatewayHint: hint,
      jaegerUrl: "http://127.0.0.1:2",
      jaegerHint: "",
    });
    const { code, output } = await state.task("open", "--print");
    assert.equal(code, 0, output);
    assert.match(
      output,
      /^ {2}Jaeger {3}http:\/\/127\.0\.0\.1:2\n {2}gateway {2}http:\/\/localhost:12000\/v1\/models\n {11}first run: kubectl port-forward service\/plano 12000:12000\n {2}report {3}/,
    );
  });

  it("says without a desktop what answers, and why the rest does not", async () => {
    const server = createServer((_, response) => response.end("here"));
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    const jaegerUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const addresses = { gatewayUrl: "http://localhost:12000", gatewayHint: "kubectl …", jaegerUrl, jaegerHint: "" };
    await state.setOutputs({ kubeconfig: "{}", namespace: "demo", ...addresses });
    const { code, output } = await state.task("open");
    await close(server);
    assert.equal(code, 0, output);
    assert.ok(output.includes(`  Jaeger   ${jaegerUrl}\n`), output);
    assert.match(output, /\n {11}cannot be reached: /);
    assert.match(output, /There is no desktop here: open the addresses yourself\.\n$/);
  });
});

describe("a forwarder", () => {
  const pod = (name: string) => ({ name, uid: name, restarts: 0, podIp: undefined, hostIp: undefined });
  const gateway = { selector: "app=plano", port: 12_000 };

  it("leads each connection to a pod that is ready then", async () => {
    const servers = ["a", "b"].map((name) => createServer((_, response) => response.end(name)));
    for (const server of servers) {
      server.listen(0, "127.0.0.1");
      await once(server, "listening");
    }
    const [a, b] = servers.map((server) => `127.0.0.1:${(server.address() as AddressInfo).port}`);
    let ready = [pod("a")];
    let disposed = 0;
    const ways = {
      to: async ({ name }: { readonly name: string }) => (name === "a" ? a : b) ?? "",
      [Symbol.asyncDispose]: async () => void disposed++,
    };
    const forwarder = new Forwarder({ readyPods: async () => ready }, ways);
    const url = await forwarder.to(gateway);
    const ask = async () => (await fetch(url, { headers: { connection: "close" } })).text();
    assert.equal(await ask(), "a");
    ready = [pod("b")];
    assert.equal(await ask(), "b");
    ready = [];
    await assert.rejects(ask(), "there is no pod");
    await assert.rejects(forwarder.to(gateway), { name: "Unmeasurable", message: "no pod app=plano is ready" });
    ready = [pod("b")];
    await forwarder[Symbol.asyncDispose]();
    assert.equal(disposed, 1);
    assert.equal(await silence(url, signal), "connection refused");
    await Promise.all(servers.map(close));
  });

  it("asks a page as a browser does, and says why nothing answers", async () => {
    const server = createServer((_, response) => response.writeHead(404).end());
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    assert.equal(await silence(`http://127.0.0.1:${(server.address() as AddressInfo).port}`, signal), undefined);
    await close(server);
    await using silent = await FakeSocketServer.start(() => undefined);
    assert.equal(await silence(`http://${silent.address}`, signal, 100), "no answer within 0.1 s");
  });
});

async function close(server: Server): Promise<void> {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
}
