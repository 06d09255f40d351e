/**
 * Pure: the data of each event of a stream, in its order. Events without data, comments and all other fields are left out;
 * a last event that no empty line ends is taken as it is. Source: the WHATWG's HTML standard, server-sent events.
 */
export function eventsIn(stream: string): string[] {
  const events: string[] = [];
  let lines: string[] = [];
  const end = (): void => {
    if (lines.length > 0) events.push(lines.join("\n"));
    lines = [];
  };
  for (const line of stream.replace(/^\uFEFF/, "").split(/\r\n|\n|\r/)) {
    if (line === "") end();
    else if (/^data(:|$)/.test(line)) lines.push(line.slice(5).replace(/^ /, ""));
  }
  end();
  return events;
}
