import assert from "node:assert/strict";
import { coveredLines, floors, type Lines, shortfall } from "./coverage";
import { skipBecause } from "../../lib/testing/skip";

describe("the lines that unit and integration tests run", () => {
  let lines: readonly Lines[];

  before(async function () {
    const raw = process.env.PLANO_AFFINITY_COVERAGE ?? skipBecause(this, "npm run test:coverage counts them");
    lines = await coveredLines(raw);
  });

  for (const [room, floor] of Object.entries(floors))
    it(`are at least ${floor} % of ${room}`, () => assert.equal(shortfall(room, lines), undefined));
});
