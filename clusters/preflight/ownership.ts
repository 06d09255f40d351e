import type { ClusterFacts, Found, LiveObject } from "./facts";
import { stackAnnotation } from "./plan";

/** Whether an object was made by the stack of this id; a stack without one has made nothing. */
export function isOwn(live: Pick<LiveObject, "metadata">, stackId: string | undefined): boolean {
  return stackId !== undefined && live.metadata?.annotations?.[stackAnnotation] === stackId;
}

/** The stack's own object of a kind and name, where it is there already. */
export function isThere(found: readonly Found[], kind: string, name: string, stackId: string | undefined): boolean {
  return found.some(
    ({ planned, live }) =>
      planned.kind === kind && planned.name === name && "seen" in live && live.seen !== undefined && isOwn(live.seen, stackId),
  );
}

/** Whether anything of the stack is there already; undefined: that could not be seen. */
export function holdsStack({ found }: Pick<ClusterFacts, "found">, stackId: string | undefined): boolean | undefined {
  if (found.some(({ live }) => "seen" in live && live.seen !== undefined && isOwn(live.seen, stackId))) return true;
  return found.some(({ live }) => "unseen" in live) ? undefined : false;
}
