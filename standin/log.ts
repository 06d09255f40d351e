/** Values a log line may carry. Request bodies, API keys and connection URLs are never among them. */
export type LogFields = Readonly<Record<string, string | number | boolean | null | undefined>>;

export interface Log {
  info(event: string, fields?: LogFields): void;
  warn(event: string, fields?: LogFields): void;
}

/**
 * A log of one JSON object per line.
 *
 * @param component name written into every line, e.g. `standin-gateway`
 * @param write where lines go, standard output by default
 */
export function jsonLog(component: string, write: (line: string) => void = (line) => process.stdout.write(line)): Log {
  const line = (level: "info" | "warn", event: string, fields: LogFields = {}): void =>
    write(`${JSON.stringify({ time: new Date().toISOString(), level, component, event, ...fields })}\n`);
  return {
    info: (event, fields) => line("info", event, fields),
    warn: (event, fields) => line("warn", event, fields),
  };
}
