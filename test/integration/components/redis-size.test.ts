import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Redis } from "ioredis";
import { startRedis } from "../../../standin/testing";
import { readMemory, type RedisMemory } from "../../../verify/redis/memory";

const page = readFileSync(join(__dirname, "..", "..", "..", "docs", "redis.md"), "utf8");
const usual = '{"model_name":"openai/gpt-4o-mini","route_name":"fast_responses"}';
const batch = 5_000;

/** The rows of the page: length of session ids, tenant, value. */
const rows = {
  "id of 36 characters": [36, "", usual],
  "id of 36 characters, tenant of 14": [36, "acme-corp-0001:", usual],
  "id of 128 characters": [128, "", usual],
  "id of 36 characters, value of 450 (Plano 0.4.29 to 0.4.36)": [36, "", usual.padEnd(450)],
} as const;
type Row = keyof typeof rows;

/** Bytes that one pin takes, by the page. */
function bytesOnPage(row: Row): number {
  const line = page.split("\n").find((it) => it.startsWith(`| ${row} |`)) ?? assert.fail(row);
  return Number(line.split("|")[2]);
}

/** Writes pins as Plano 0.4.27 writes them. */
async function write(redis: Redis, row: Row, from: number, count: number): Promise<void> {
  const [idLength, tenant, value] = rows[row];
  for (let done = 0; done < count; done += batch) {
    const pipeline = redis.pipeline();
    for (let n = done; n < Math.min(done + batch, count); n++)
      pipeline.set(`plano:affinity:${tenant}${String(from + n).padStart(idLength, "0")}`, value, "EX", 600);
    await pipeline.exec();
  }
}

async function withRedis(maxMemory: string | undefined, use: (redis: Redis) => Promise<void>): Promise<void> {
  await using server = await startRedis({ maxMemory });
  const redis = new Redis(server.url);
  try {
    await use(redis);
  } finally {
    redis.disconnect();
  }
}

const memoryOf = async (redis: Redis): Promise<RedisMemory> => readMemory(await redis.info()) ?? assert.fail("no memory");

function assertWithin(percent: number, actual: number, expected: number, what: string): void {
  const off = Math.abs(actual / expected - 1) * 100;
  assert.ok(off <= percent, `${what}: measured ${actual}, calculated ${expected}, ${off.toFixed(1)} % apart`);
}

/** A real redis-server on loopback; at most 70,000 pins, 50 MB. */
describe("the size of pins that docs/redis.md names", function () {
  this.timeout(60_000);

  for (const row of Object.keys(rows) as Row[]) {
    it(`is within 15 % of what Redis uses: ${row}`, () =>
      withRedis(undefined, async (redis) => {
        const { usedBytes: empty } = await memoryOf(redis);
        await write(redis, row, 0, 60_000);
        const used = (await memoryOf(redis)).usedBytes - empty;
        // Two hash tables of 65,536 slots, 8 bytes each.
        assertWithin(15, used, 60_000 * bytesOnPage(row) + 2 * 8 * 65_536, "60,000 pins in bytes");
      }));
  }

  it("tells when eviction begins, within 15 %", () =>
    withRedis("16mb", async (redis) => {
      // Less 2 MiB for the server, and the two tables, of 65,536 slots and of the half of that from which they grew.
      const expected = (14 * 2 ** 20 - 2 * 8 * (65_536 + 32_768)) / bytesOnPage("id of 36 characters");
      let written = 0;
      for (; (await memoryOf(redis)).evictedKeys === 0; written += batch / 5) {
        assert.ok(written < 2 * expected, `nothing was evicted of ${written} pins`);
        await write(redis, "id of 36 characters", written, batch / 5);
      }
      assertWithin(15, written, expected, "pins before the first eviction");
    }));
});
