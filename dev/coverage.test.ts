import assert from "node:assert/strict";
import { judge, type Lines } from "./coverage";

const full = (file: string): Lines => ({ file, total: 100, covered: 100 });
const whole = ["components/redis/redis.ts", "clusters/kind.ts", "verify/index.ts", "standin/http.ts"].map(full);

describe("coverage", () => {
  it("passes where every room is at its floor", () => {
    const lines: string[] = [];
    const counts = judge([...whole.slice(1), { file: "components/redis/redis.ts", total: 100, covered: 90 }], (it) =>
      lines.push(it),
    );
    assert.deepEqual(counts, { passed: 4, failed: [], skipped: [] });
    assert.equal(lines[0], "    ✔ components: 90.0 % of 100 lines, at least 90 %");
  });

  it("fails below it, and says where most is missing", () => {
    const lines: string[] = [];
    const poor = { file: "verify/checks/race.ts", total: 100, covered: 70 };
    const { passed, failed } = judge([...whole, poor], (it) => lines.push(it));
    assert.equal(passed, 3);
    assert.equal(failed[0]?.title, "coverage of verify: 85.0 % of 200 lines, at least 90 %");
    assert.match(failed[0]?.reason ?? "", /^most are missing in verify\/checks\/race\.ts \(30\)/);
    assert.match(lines[2] ?? "", /^ {4}1\) verify: 85\.0 % /);
  });

  it("fails for a room of which nothing was counted", () => {
    assert.equal(judge([], () => undefined).failed.length, 4);
  });
});
