import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { inlineCommands, notRun, readmeCommands } from "../../test/readme";
import { project } from "./testing/markdown";

/** A line of the README that a test runs. */
interface Claim {
  /** Path from the checkout. */
  readonly file: string;
  readonly line: string;
}

/** Every call of `readmeCommand`, which takes the literal line, in the order of the file. */
const claimed = readdirSync(join(project, "test"), { recursive: true, encoding: "utf8" })
  .filter((file) => file.endsWith(".ts") && file !== "readme.ts")
  .map((file) => join("test", file))
  .flatMap((file): Claim[] => {
    const calls = readFileSync(join(project, file), "utf8").matchAll(/\breadmeCommand\(\s*(?:(["'`])((?:\\.|(?!\1).)*)\1)?/g);
    return [...calls].map(([, , line]) => ({
      file,
      line: line?.replace(/\\(.)/g, "$1") ?? assert.fail(`${file}: no literal line`),
    }));
  });

/** Those who type the README's lines one after another, and of which sections. */
const walks: Readonly<Record<string, readonly string[]>> = {
  "test/e2e/readme.test.ts": ["Evaluator"],
  "test/scenarios/one-cluster/readme.ts": ["Platform engineer", "Gateway developer"],
};

/** What `all` has more often than `some`. */
function without(all: readonly string[], some: readonly string[]): string[] {
  const left = [...some];
  return all.filter((it) => {
    const at = left.indexOf(it);
    if (at >= 0) left.splice(at, 1);
    return at < 0;
  });
}

describe("the README's commands", () => {
  const commands = readmeCommands();
  const lines = commands.map(({ line }) => line);
  const claimedLines = claimed.map(({ line }) => line);
  const unrun = Object.keys(notRun);

  it("are each run by one test, or have a reason why not", () => {
    const orphans = without(lines, [...claimedLines, ...unrun]);
    assert.deepEqual(orphans, [], "no test claims these by readmeCommand(…), and test/readme.ts gives no reason");
  });

  it("are in the README when a test claims them", () => {
    const extra = without(claimedLines, [...lines, ...inlineCommands()]);
    assert.deepEqual(extra, [], "these are claimed more often than they are in the README");
    const all = [...lines, ...inlineCommands()];
    assert.deepEqual(
      unrun.filter((line) => !all.includes(line) || claimedLines.includes(line)),
      [],
      "these need no reason any more",
    );
  });

  it("are run by a test also where they stand in a sentence or a table", () => {
    const run = claimedLines.flatMap((line) => [line, ...line.split(" && ")]);
    assert.deepEqual(
      inlineCommands().filter((line) => !run.includes(line) && !unrun.includes(line)),
      [],
    );
  });

  it("are run in the README's order by those who walk through it", () => {
    for (const [file, sections] of Object.entries(walks)) {
      const walked = claimed.filter((it) => it.file === join(file)).map(({ line }) => line);
      for (const title of sections) {
        const inSection = commands.filter(({ section }) => section.startsWith(title)).map(({ line }) => line);
        const order = inSection.filter((line) => walked.includes(line));
        assert.ok(order.length > 0, `${file}: nothing of ${title}`);
        // Other lines may be in between.
        let at = 0;
        for (const line of walked) if (line === order[at]) at++;
        assert.deepEqual(order.slice(at), [], `${file}: ${title}: not in this order`);
      }
    }
  });
});
