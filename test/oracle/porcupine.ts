import type { Context } from "mocha";
import { CommandError, run } from "../../lib/command";
import { silentProgress } from "../../lib/progress";
import { skipBecause } from "../../lib/testing/skip";
import { ensureTool, findTool } from "../../sandbox/toolchain/ensure";
import { moduleFolder } from "../../sandbox/toolchain/sources/go-module";
import type { Tool } from "../../sandbox/toolchain/tool";
import type { Lifetime, RegisterEvent } from "../../verify/register";

/** Built from the Go module in this folder, into the cache. */
const tool: Tool = {
  name: "porcupine",
  version: "1.3.1",
  purpose: "an oracle for the register checker",
  binaries: ["oracle"],
  go: { module: "../../../test/oracle", packages: ["."] },
};

/** A session's requests, and how long its pins live. */
export interface History extends Lifetime {
  readonly events: readonly RegisterEvent[];
}

/** Whether each history is one that a register can have; undefined where that took too long to find out. */
export type Oracle = (histories: readonly History[]) => Promise<readonly (boolean | undefined)[]>;

/** To be called in a `before` hook: skips the suite where Porcupine is neither in the cache nor can be built. */
export async function porcupine(context: Context): Promise<Oracle> {
  if ((await findTool(tool)) === undefined) {
    const env = { ...process.env, GOFLAGS: "-mod=readonly", GOWORK: "off", GOTOOLCHAIN: "local" };
    await run("go", ["mod", "download"], { cwd: moduleFolder(tool), env }).catch((error: unknown) => {
      if (!(error instanceof CommandError)) throw error;
      skipBecause(context, `Porcupine's Go module is not at hand: ${error.message.split("\n").slice(0, 2).join(" ")}`);
    });
  }
  const { oracle = "" } = (await ensureTool(tool, silentProgress)).binaries;
  return async (histories) => {
    const said = await run(oracle, [], { input: JSON.stringify(histories.map(inMicroseconds)) });
    const verdicts: Readonly<Record<string, boolean>> = { Ok: true, Illegal: false };
    return said
      .trimEnd()
      .split("\n")
      .map((verdict) => verdicts[verdict]);
  };
}

/** From the first request on. */
function inMicroseconds({ lifetimeMs, toleranceMs, events }: History) {
  const start = Math.min(...events.map(({ invokedAt }) => invokedAt));
  const of = (ms: number): number => Math.round(ms * 1_000);
  return {
    ...{ lifetime: of(lifetimeMs), tolerance: of(toleranceMs) },
    events: events.map(({ invokedAt, returnedAt, model, routed }) => ({
      ...{ invoked: of(invokedAt - start), returned: of(returnedAt - start), model, routed },
    })),
  };
}
