import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { stamp } from "../machine";
import type { Measurements, StackStep, StartProfile } from "../measurements";
import { rounded } from "../row";
import { ThrowawayStack } from "./throwaway-stack";
import { measureTunnels } from "./tunnels";

/** From nothing to nothing, so often. */
const cycles = 3;

/** Runs behind the median of the port-forwards. */
const tunnelRuns = 5;

/** What a cycle is made of; the profile is that of its first step. */
const steps = [
  { what: "first `up`: tools cached, no cluster", command: "npm start" },
  { what: "second `up`: nothing changed", command: "npm start" },
  { what: "`up` with three replicas in place of two", command: "npm start" },
  { what: "`destroy`, the cluster included", command: "npm run pulumi -- destroy --yes" },
] as const satisfies readonly Omit<StackStep, "seconds">[];

/** One cycle: seconds of each step, and the profile of the first. */
interface Cycle {
  readonly seconds: readonly number[];
  readonly profile: StartProfile;
}

/** Why the stack cannot be measured on a machine, by default this one; undefined where it can. */
export function whyNoStack(platform = process.platform, isRoot = process.getuid?.() === 0): string | undefined {
  if (platform !== "linux") return `the sandbox needs Linux and root, and this is ${platform}`;
  return isRoot ? undefined : "the sandbox needs Linux and root, and this user is not root";
}

/**
 * The stack on a sandbox of its own, as whole processes; the tools must be there.
 *
 * @param detail is told what is being run
 * @throws CommandError when a command does not succeed
 */
export async function measureStack(
  signal: AbortSignal,
  detail: (text: string) => void,
): Promise<Pick<Measurements, "stack" | "tunnels">> {
  const reason = whyNoStack();
  if (reason !== undefined) return { stack: { ...stamp(), reason }, tunnels: { ...stamp(), reason } };
  const folder = await mkdtemp(join(tmpdir(), "plano-affinity-bench-"));
  try {
    const played: Cycle[] = [];
    let tunnels: Measurements["tunnels"];
    while (played.length < cycles) {
      const tell = (step: number): void => detail(`${played.length + 1} of ${cycles}: ${steps[step]?.what.replaceAll("`", "")}`);
      const timings = join(folder, "timings.json");
      await using stack = await ThrowawayStack.create(signal);
      tell(0);
      const first = await stack.start(timings);
      tell(1);
      const second = await stack.start();
      tunnels ??= await measureTunnels(await stack.kubeconfig(), tunnelRuns, signal);
      await stack.set("minReplicas", "3");
      tell(2);
      const third = await stack.start();
      tell(3);
      const seconds = [first, second, third, await stack.destroy()].map(rounded);
      played.push({ seconds, profile: JSON.parse(await readFile(timings, "utf8")) as StartProfile });
    }
    const [middle] = [...played].sort(bySeconds).slice(Math.floor((cycles - 1) / 2));
    const measured = steps.map((step, i) => ({ ...step, seconds: played.map(({ seconds }) => seconds[i] ?? Number.NaN) }));
    return { stack: { ...stamp(), steps: measured, profile: middle?.profile.timings ?? [] }, tunnels };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** By the time of the first step. */
function bySeconds(a: Cycle, b: Cycle): number {
  return (a.seconds[0] ?? 0) - (b.seconds[0] ?? 0);
}
