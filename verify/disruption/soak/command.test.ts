import assert from "node:assert/strict";
import { readSoak } from "./command";
import { defaultSoak, faultIds, pacedBy } from "./options";
import { HelpRequested } from "../../cli/command";
import { endOf } from "../../cli/run-for-verdict";
import type { Terminal } from "../../cli/consent";
import { Unmeasurable, UsageError, type Violation } from "../../common/errors";

const read = (args: string, isTTY = false) => {
  const terminal = { input: { isTTY }, output: { isTTY } } as unknown as Terminal;
  return readSoak(args === "" ? [] : args.split(" "), terminal);
};
const allowed = "--yes --namespace demo";

function violations(args: string, isTTY = false): string[] {
  try {
    read(args, isTTY);
  } catch (error) {
    return (error as { violations: readonly Violation[] }).violations.map(({ path, reason }) => `${path}: ${reason}`);
  }
  throw new Error(`nothing was wrong with ${args}`);
}

describe("the command line of a soak", () => {
  it("has defaults for everything but the consent, and takes what is typed", () => {
    const typed = "--minutes 2 --sessions 500 --rate 50 --faults rollout,pod-deleted --url http://x:1";
    for (const [args, ...expected] of [
      [allowed, 15, 5_000, 150, 600, faultIds, undefined],
      [`${allowed} ${typed}`, 2, 500, 50, 600, ["rollout", "pod-deleted"], "http://x:1"],
    ] as const) {
      const { options, asksFirst, json } = read(args);
      const { minutes, sessions, rate, ttlSeconds, faults, serviceUrl, target } = options;
      assert.deepEqual([minutes, sessions, rate, ttlSeconds, faults, serviceUrl], expected);
      assert.deepEqual([target.namespace, target.selector, asksFirst, json], ["demo", "app=plano", false, undefined]);
    }
  });

  it("asks on a terminal, and refuses where there is none, or for --yes without a namespace", () => {
    assert.equal(read("", true).asksFirst, true);
    assert.deepEqual(violations(""), ["--checks: scale and faults change the deployment, and there is no terminal to ask on"]);
    assert.deepEqual(violations("--yes"), ["--yes: it acts without asking, so name what it may act on"]);
  });

  it("names everything that is wrong at once", () => {
    assert.deepEqual(violations(`${allowed} --minutes x --rate 1.5 --faults earthquake,replica-added --url ftp://x`), [
      '--minutes: "x" is not a number',
      '--faults: there is no fault "earthquake"',
      "--faults: replica-added and replica-removed go together",
      "--url: it is no http:// or https:// address",
      "--sessions: 5000 cannot live at the same time: 0.75 begin a second (half of --rate), and live 600 s (--ttl)",
      "--rate: 1.5 is not a whole number from 1 to 1000",
    ]);
    assert.deepEqual(violations(`${allowed} --json /no/such/folder/x.json`).length, 1);
    assert.match(violations("--nonsense")[0] ?? "", /unknown option/);
  });

  it("is paced by what the deployment can serve, with as many sessions as can live then", () => {
    const options = { ...defaultSoak, minutes: 15, ttlSeconds: 600, sessions: 5_000, rate: 150 };
    assert.deepEqual(pacedBy(options, 150), { rate: 150, sessions: 5_000 });
    assert.deepEqual(pacedBy(options, 4), { rate: 4, sessions: 1_080 });
  });

  it("ends with 3 for bad usage and for a defect, which is named, and with 2 for what could not be measured", () => {
    const usage = new UsageError([{ path: "--x", reason: "it is wrong", remedy: "leave it out" }]);
    assert.deepEqual(endOf(usage), { err: "--x: it is wrong; leave it out\n", code: 3 });
    const { err = "", code } = endOf(new TypeError("x is not\na function"));
    const defect =
      /^the verifier failed: x is not a function \(command\.test\.ts:\d+:\d+\); this is a defect of plano-affinity [^\n]+ issue [^\n]+\n$/;
    assert.match(err, defect);
    assert.equal(code, 3);
    const full = Object.assign(new Error("ENOSPC: no space left on device, write"), { code: "ENOSPC" });
    for (const error of [full, new Error(full.message, { cause: full })])
      assert.deepEqual(endOf(error), { err: `${full.message}\n`, code: 3 });
    assert.deepEqual(endOf(new Unmeasurable("no pod")), { err: "no pod\n", code: 2 });
    assert.deepEqual(endOf(new HelpRequested("Usage")), { out: "Usage", code: 0 });
  });

  it("prints its options when asked", () => {
    assert.throws(() => read("--help"), { name: "HelpRequested", message: /--minutes <n>/ });
  });
});
