import assert from "node:assert/strict";
import { floors, type Lines, shortfall } from "./coverage";

const full = (file: string): Lines => ({ file, total: 100, covered: 100 });

describe("coverage", () => {
  it("is enough at a room's floor, whatever that of others is", () => {
    const lines = [
      full("verify/index.ts"),
      { file: "components/redis/redis.ts", total: 100, covered: 90 },
      full("components/pod.ts"),
    ];
    for (const room of ["components", "verify"]) assert.equal(shortfall(room, lines), undefined);
    assert.equal(shortfall("components", lines.slice(0, 2)), undefined);
  });

  it("is too little below it, and says where most is missing", () => {
    const lines = [full("verify/index.ts"), { file: "verify/checks/race.ts", total: 100, covered: 70 }];
    const said = "it is 85.0 % of 200 lines; most are missing in verify/checks/race.ts (30), verify/index.ts (0)";
    assert.equal(shortfall("verify", lines), said);
  });

  it("is too little of a room of which nothing was counted", () => {
    for (const room of Object.keys(floors)) assert.match(shortfall(room, []) ?? "", /^it is 0\.0 % of 0 lines/);
  });
});
