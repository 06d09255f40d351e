/** One thing that preflight has to say about a cluster. */
export interface Finding {
  /** `error` stops the update before anything is made; `warning` and `note` are only shown. */
  readonly severity: "error" | "warning" | "note";
  /** What it is about: a configuration key, or a part of the cluster such as `rights`. */
  readonly subject: string;
  /** What is wrong, in one sentence without its full stop. More lines are shown indented. */
  readonly reason: string;
  /** What to do about it; a note has none. */
  readonly remedy?: string;
}

/** Something that stops the update. */
export function obstacle(subject: string, reason: string, remedy: string): Finding {
  return { severity: "error", subject, reason, remedy };
}

/** Something to know that stops nothing. */
export function warning(subject: string, reason: string, remedy: string): Finding {
  return { severity: "warning", subject, reason, remedy };
}

/** One finding as text: the fact, and below it the remedy. */
export function describeFinding({ subject, reason, remedy }: Finding): string {
  const fact = `${subject}: ${reason.replaceAll("\n", "\n    ")}`;
  return remedy === undefined ? fact : `${fact}\n    → ${remedy}`;
}

/** All obstacles as one message for people. */
export function describeObstacles(findings: readonly Finding[], cluster: string): string {
  const count = findings.length === 1 ? "1 thing stands" : `${findings.length} things stand`;
  const lines = findings.map((it) => `  ${describeFinding(it)}`);
  return [`${count} in the way on ${cluster}; nothing was made or changed in it.`, ...lines].join("\n");
}
