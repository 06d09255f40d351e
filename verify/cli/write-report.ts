import { closeSync, openSync, writeSync } from "node:fs";
import { reasonOf } from "../common/errors";
import { standardOutput } from "./wanted-reports";

/** Pieces are gathered to writes of about this many characters. */
const chunkLength = 64 * 1024;

/**
 * Writes a file, or standard output for the path `-`, from the content or from the pieces of it.
 * @throws Error that names the file, when it cannot be written after all
 */
export function writeReport(path: string, content: string | Iterable<string>): void {
  if (path === standardOutput) return gather(content, (chunk) => void process.stdout.write(chunk));
  try {
    writeFile(path, content);
  } catch (error) {
    throw new Error(`the report ${path} could not be written: ${reasonOf(error)}`, { cause: error });
  }
}

function writeFile(path: string, content: string | Iterable<string>): void {
  const file = openSync(path, "w");
  try {
    gather(content, (chunk) => void writeSync(file, chunk));
  } finally {
    closeSync(file);
  }
}

function gather(content: string | Iterable<string>, write: (chunk: string) => void): void {
  let chunk = "";
  for (const piece of typeof content === "string" ? [content] : content) {
    chunk += piece;
    if (chunk.length < chunkLength) continue;
    write(chunk);
    chunk = "";
  }
  write(chunk);
}
