import type { Context } from "mocha";
import { CommandError, run } from "../../lib/command";
import { silentProgress } from "../../lib/progress";
import { skipBecause } from "../../lib/testing/skip";
import { ensureTool, findTool } from "../../sandbox/toolchain/ensure";
import { moduleFolder } from "../../sandbox/toolchain/sources/go-module";
import type { Tool } from "../../sandbox/toolchain/tool";
import type { Report } from "../../verify";
import { judgeRegister, pinLifetime, type Lifetime, type RegisterEvent } from "../../verify/register";

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
    if (histories.length === 0) return [];
    const said = await run(oracle, [], { input: JSON.stringify(histories.map(inMicroseconds)) });
    const verdicts: Readonly<Record<string, boolean>> = { Ok: true, Illegal: false };
    return said
      .trimEnd()
      .split("\n")
      .map((verdict) => verdicts[verdict]);
  };
}

/** What our checker says. */
export function accuses(history: History): boolean {
  return judgeRegister(history.events, history).violations.length > 0;
}

/** The histories of the checks `race` and `expiry`, from the evidence that readers of a report have. */
export function historiesOf(
  checks: readonly (Pick<Report["checks"][number], "id"> & { readonly evidence?: object })[],
): History[] {
  type Answer = { readonly prompt: string; readonly model: string | null };
  type Event = Answer & Readonly<Record<"invokedMs" | "returnedMs" | "attempts", number>> & { readonly replica: string };
  type Evidence = Partial<Lifetime> & {
    prompts?: readonly Answer[];
    sessions?: readonly { readonly events: readonly Event[] }[];
  };
  const evidenceOf = (id: string): Evidence => checks.find((check) => check.id === id)?.evidence ?? {};
  const routes = new Map(evidenceOf("control").prompts?.map(({ prompt, model }) => [prompt, model ?? undefined]));
  return ["race", "expiry"].flatMap((id) => {
    const { sessions = [], ...lifetime } = evidenceOf(id);
    return sessions.map(({ events }) => ({
      ...pinLifetime(600),
      ...lifetime,
      events: events.flatMap(({ invokedMs, returnedMs, replica, prompt, model, attempts }): RegisterEvent[] => {
        const event = { invokedAt: invokedMs, returnedAt: returnedMs, replica, routed: routes.get(prompt) };
        const failed = Array.from({ length: attempts - (model === null ? 0 : 1) }, () => ({ ...event, model: undefined }));
        return model === null ? failed : [{ ...event, model }, ...failed];
      }),
    }));
  });
}

/** From the first request on. */
function inMicroseconds({ lifetimeMs, toleranceMs, sliding, events }: History) {
  const start = Math.min(...events.map(({ invokedAt }) => invokedAt));
  const of = (ms: number): number => Math.round(ms * 1_000);
  return {
    ...{ lifetime: of(lifetimeMs), tolerance: of(toleranceMs), sliding },
    events: events.map(({ invokedAt, returnedAt, model, routed }) => ({
      ...{ invoked: of(invokedAt - start), returned: of(returnedAt - start), model, routed },
    })),
  };
}
