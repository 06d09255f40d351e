/** What one stage of the tests came to. */
export interface Counts {
  readonly passed: number;
  readonly failed: readonly Told[];
  readonly skipped: readonly Told[];
}

/** A test that failed or was skipped. */
export interface Told {
  readonly title: string;
  /** Why, in one line; may be empty. */
  readonly reason: string;
}

/** Of several stages together. */
export function sum(all: readonly Counts[]): Counts {
  return {
    passed: all.reduce((count, it) => count + it.passed, 0),
    failed: all.flatMap((it) => it.failed),
    skipped: all.flatMap((it) => it.skipped),
  };
}

/** The end of `npm test`. Failures are repeated here, for they may be a thousand lines back. */
export function closingLines({ passed, failed, skipped }: Counts): string[] {
  const line = (word: string, { title, reason }: Told): string => `${word}: ${title}${reason === "" ? "" : ` (${reason})`}`;
  return [
    ...failed.map((it) => line("failed", it)),
    ...skipped.map((it) => line("skipped", it)),
    `${passed} passed, ${failed.length} failed, ${skipped.length} skipped`,
  ];
}
