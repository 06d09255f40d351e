import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { Redis } from "ioredis";
import { pinBytes, pinsIn, type PinShape, tableBytes, usualValue } from "../../../components/testing/pin-size";
import { startRedis } from "../../../standin/testing";
import { readMemory, type RedisMemory } from "../../../verify/redis/memory";

const value = '{"model_name":"openai/gpt-4o-mini","route_name":"fast_responses"}';
const batch = 5_000;

/** A redis-server that pins are written to as Plano 0.4.27 writes them. */
class Filling {
  written = 0;

  constructor(
    private readonly redis: Redis,
    private readonly tenant: string,
  ) {}

  async write(count: number): Promise<void> {
    for (const until = this.written + count; this.written < until;) {
      const pipeline = this.redis.pipeline();
      for (let n = Math.min(batch, until - this.written); n > 0; n--, this.written++)
        pipeline.set(`plano:affinity:${this.tenant}${randomUUID()}`, value, "EX", 600);
      await pipeline.exec();
    }
  }

  async memory(): Promise<RedisMemory> {
    const memory = readMemory(await this.redis.info());
    assert.ok(memory !== undefined);
    return memory;
  }
}

async function withRedis(maxMemory: string | undefined, tenant: string, use: (it: Filling) => Promise<void>): Promise<void> {
  await using server = await startRedis({ maxMemory });
  const redis = new Redis(server.url);
  try {
    await use(new Filling(redis, tenant));
  } finally {
    redis.disconnect();
  }
}

function assertWithin(percent: number, actual: number, expected: number, what: string): void {
  const off = Math.abs(actual / expected - 1) * 100;
  assert.ok(off <= percent, `${what}: measured ${actual}, reckoned ${expected}, ${off.toFixed(1)} % apart`);
}

/** A real redis-server on loopback; at most 70,000 pins, 20 MB. */
describe("the reckoned size of pins", function () {
  this.timeout(60_000);
  const shapes: readonly [string, string, PinShape][] = [
    ["without a tenant", "", { sessionId: 36, value: usualValue }],
    ["with a tenant", "acme-corp-0001:", { sessionId: 36, tenant: 14, value: usualValue }],
  ];

  it("is of the values that Plano writes", () => assert.equal(value.length, usualValue));

  for (const [name, tenant, shape] of shapes) {
    it(`is within 15 % of what Redis uses, ${name}`, () =>
      withRedis(undefined, tenant, async (redis) => {
        const { usedBytes: empty } = await redis.memory();
        await redis.write(60_000);
        const used = (await redis.memory()).usedBytes - empty;
        const reckoned = 60_000 * pinBytes(shape) + tableBytes(60_000, false);
        assertWithin(15, used, reckoned, "60,000 pins in bytes");
      }));
  }

  it("tells when eviction begins, within 15 %", () =>
    withRedis("16mb", "", async (redis) => {
      const expected = pinsIn(16 * 2 ** 20, { sessionId: 36, value: usualValue });
      while ((await redis.memory()).evictedKeys === 0) {
        assert.ok(redis.written < 2 * expected, `nothing was evicted of ${redis.written} pins`);
        await redis.write(batch / 5);
      }
      assertWithin(15, redis.written, expected, "pins before the first eviction");
    }));
});
