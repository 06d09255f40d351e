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

/** To be called in a suite: skips it elsewhere than on Linux, and there without root where that is needed. */
export function linuxOnly(reason: string, needsRoot = false): void {
  before(function () {
    if (process.platform !== "linux" || (needsRoot && process.getuid?.() !== 0)) skipBecause(this, reason);
  });
}

/** For suites whose tests go on where the one before ended: after a failure the others are skipped, which counts. */
export function stepByStep(suite: Suite): void {
  let failed: string | undefined;
  suite.beforeEach(function () {
    if (failed !== undefined) skipBecause(this, `it goes on where "${failed}" was to end, which failed`);
  });
  suite.afterEach(function () {
    if (this.currentTest?.state === "failed") failed ??= this.currentTest.title;
  });
}
