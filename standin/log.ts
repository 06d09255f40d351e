/** Values of a log line. Request bodies, API keys and connection URLs are never among them. */
export type LogFields = Readonly<Record<string, string | number | boolean | null | undefined>>;

export interface Log {
  info(event: string, fields?: LogFields): void;
  warn(event: string, fields?: LogFields): void;
}

/** A log of one JSON object per line. */
export function jsonLog(component: string): Log {
  const log =
    (level: "info" | "warn") =>
    (event: string, fields: LogFields = {}): void =>
      void process.stdout.write(`${JSON.stringify({ time: new Date().toISOString(), level, component, event, ...fields })}\n`);
  return { info: log("info"), warn: log("warn") };
}
