import { strict as assert } from "node:assert";
import { once } from "node:events";
import { createServer as createTcpServer } from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import { alive, describeWatches, least, most, portOf } from "./redis-watch-rig";

const drained = [200, "drained\n"];

describeWatches(({ holdClient, holdConnection, start }) => {
  /** Takes the time of a drain, in seconds. */
  async function timed(drain: Promise<unknown[]>): Promise<{ readonly answer: unknown[]; readonly seconds: number }> {
    const begun = performance.now();
    const answer = await drain;
    return { answer, seconds: (performance.now() - begun) / 1_000 };
  }

  /** What a drain came to so far; undefined: it goes on. */
  const soFar = (drain: Promise<unknown[]>): Promise<unknown> => Promise.race([drain, delay(50)]);

  it("ends a drain when endpoints have had time to forget the pod, and says meanwhile whether the gateway is alive", async () => {
    await holdConnection();
    const ask = await start();
    const drain = timed(ask("/drain"));
    assert.deepEqual(await ask(), alive);
    const { answer, seconds } = await drain;
    assert.deepEqual(answer, drained);
    assert.ok(seconds >= least && seconds < most, `${seconds} s`);
  });

  it("waits for the last client of the gateway", async () => {
    const ask = await start();
    const waiting = await holdClient();
    const drain = ask("/drain");
    await delay(least * 1_000 + 500);
    assert.equal(await soFar(drain), undefined, "a client waits for its answer");
    waiting.destroy();
    assert.deepEqual(await drain, drained);
  });

  it("waits for answers that are still on their way", async () => {
    // What the client does not read stays in the kernel, which holds the connection in FIN_WAIT1.
    const hasty = createTcpServer((socket) => socket.on("error", () => undefined).end(Buffer.alloc(400_000)));
    await once(hasty.listen(0, "127.0.0.1"), "listening");
    try {
      const ask = await start({ GATEWAY_PORT: String(portOf(hasty)) });
      const slow = await holdClient(portOf(hasty));
      const drain = ask("/drain");
      await delay(least * 1_000 + 500);
      assert.equal(await soFar(drain), undefined, "an answer is on its way");
      slow.resume();
      assert.deepEqual(await drain, drained);
    } finally {
      hasty.close();
    }
  });

  it("gives a drain up when time is over", async () => {
    const ask = await start();
    await holdClient();
    const { answer, seconds } = await timed(ask("/drain"));
    assert.deepEqual(answer, [200, `not drained: 1 connections are left after ${most} s\n`]);
    assert.ok(seconds >= most && seconds < most + 2, `${seconds} s`);
  });
});
