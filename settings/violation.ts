/** One thing wrong with the configuration. */
export interface Violation {
  /** The key, or the field of a key: `minReplicas`, `proof.sessions`. */
  readonly path: string;
  /** What is wrong, without a secret's value. */
  readonly reason: string;
  /** The command that fixes it. */
  readonly remedy: string;
}

/** All violations as one message for people, two lines each. */
export function describeViolations(violations: readonly Violation[]): string {
  const count = violations.length === 1 ? "1 setting is" : `${violations.length} settings are`;
  const lines = violations.map(({ path, reason, remedy }) => `  ${path}: ${reason}\n    → ${remedy}`);
  return [`${count} wrong; nothing was made or changed.`, ...lines].join("\n");
}
