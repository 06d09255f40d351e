import { closeSync, openSync, writeSync } from "node:fs";

/** Pieces are gathered to writes of about this many characters. */
const chunkLength = 64 * 1024;

/** Writes a file from its content, or from the pieces of it. */
export function writeReport(path: string, content: string | Iterable<string>): void {
  const file = openSync(path, "w");
  try {
    let chunk = "";
    for (const piece of typeof content === "string" ? [content] : content) {
      chunk += piece;
      if (chunk.length < chunkLength) continue;
      writeSync(file, chunk);
      chunk = "";
    }
    writeSync(file, chunk);
  } finally {
    closeSync(file);
  }
}
