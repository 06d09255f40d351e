import type { Context, Runnable, Suite } from "mocha";

/** Skips the running test, or the whole suite from a `before` hook, and says why in the report. */
export function skipBecause(context: Context, reason: string): never {
  const runnable = context.runnable() as Runnable & {
    type?: string;
    skipReason?: string;
    parent?: Suite & { skipReason?: string };
  };
  if (runnable.type === "hook" && runnable.parent !== undefined) runnable.parent.skipReason = reason;
  else runnable.skipReason = reason;
  context.skip();
  throw new Error("mocha's skip() did not end the test");
}
