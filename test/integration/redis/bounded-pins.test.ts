import assert from "node:assert/strict";
import { readPins } from "../../../commands/status/pins";
import { startFakeRedis } from "../verify/fake-socket-server";

/** A Redis whose keys are of megabytes. */
describe("the list of pins", function () {
  this.timeout(30_000);

  it("asks for no more keys where those that it has take too much room", async () => {
    const key = `plano:affinity:${"x".repeat(4 * 2 ** 20)}`;
    let scans = 0;
    await using redis = await startFakeRedis((command) => {
      if (/^time$/i.test(command)) return "-ERR no\r\n";
      if (!/^scan$/i.test(command)) return "+OK\r\n";
      const name = `${key}${++scans}`;
      return `*2\r\n$1\r\n7\r\n*1\r\n$${name.length}\r\n${name}\r\n`;
    });
    const url = `redis://${redis.address}`;
    // It knows no values: what matters is that it was asked for no more keys.
    await assert.rejects(readPins({ url, lookUrl: url }, new AbortController().signal), /^Unmeasurable: Redis at /);
    assert.ok(scans >= 16 && scans <= 17, `${scans} scans`);
  });
});
