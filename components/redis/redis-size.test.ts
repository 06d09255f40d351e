import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { pinBytes, pinsIn, tableBytes, usualValue } from "../testing/pin-size";

const mebibyte = 2 ** 20;
const page = readFileSync(join(__dirname, "..", "..", "docs", "redis.md"), "utf8");

/** The rows of docs/redis.md, as the function has them. */
const shapes = [
  ["id of 36 characters", { sessionId: 36, value: usualValue }],
  ["id of 36 characters, tenant of 14", { sessionId: 36, tenant: 14, value: usualValue }],
  ["id of 128 characters", { sessionId: 128, value: usualValue }],
  ["id of 1,024 characters", { sessionId: 1_024, value: usualValue }],
  ["id of 36 characters, value of 450 (Plano 0.4.29 to 0.4.36)", { sessionId: 36, value: 450 }],
] as const;

describe("the size of pins", () => {
  it("is that of their parts", () => {
    // Key 55 → 64, object 16, value 69 → 80, two entries of 24 → 32.
    assert.equal(pinBytes({ sessionId: 36, value: usualValue }), 64 + 16 + 80 + 2 * 32);
    // Key 70 → 80.
    assert.equal(pinBytes({ sessionId: 36, tenant: 14, value: usualValue }), 80 + 16 + 80 + 2 * 32);
    // Object and value in one: 16 + 3 + 44 + 1 = 64. Key 16 + 1 + 1 = 18 → 32.
    assert.equal(pinBytes({ sessionId: 1, value: 44 }), 32 + 64 + 2 * 32);
    // Key 3 + 143 + 1 = 147 → 160.
    assert.equal(pinBytes({ sessionId: 128, value: usualValue }), 160 + 16 + 80 + 2 * 32);
  });

  it("has tables beside it that double, and while they do are half as large again", () => {
    assert.equal(tableBytes(65_536, false), 2 * 8 * 65_536);
    assert.equal(tableBytes(65_537, false), 2 * 8 * 131_072);
    assert.equal(tableBytes(65_537, true), 2 * 8 * (131_072 + 65_536));
  });

  it("leaves room for as many pins as fit, and not one more", () => {
    const shape = { sessionId: 36, value: usualValue };
    for (const megabytes of [3, 16, 64, 256, 1_024]) {
      const pins = pinsIn(megabytes * mebibyte, shape);
      const bytes = (count: number): number => 2 * mebibyte + count * pinBytes(shape) + tableBytes(count, true);
      assert.ok(bytes(pins) <= megabytes * mebibyte && bytes(pins + 1) > megabytes * mebibyte, `${megabytes} MB: ${pins}`);
    }
    assert.equal(pinsIn(mebibyte, shape), 0);
  });

  for (const [name, shape] of shapes) {
    it(`is on the page: ${name}`, () => {
      const sessions = (pinsIn(256 * mebibyte, shape) / 1000).toFixed(0);
      const perSecond = Math.floor(pinsIn(256 * mebibyte, shape) / 600).toLocaleString("en");
      const row = `| ${name} | ${pinBytes(shape)} | ${Number(sessions).toLocaleString("en")},000 | ${perSecond} |`;
      assert.ok(page.includes(row), row);
    });
  }
});
