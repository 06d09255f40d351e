import { readFileSync, statSync } from "node:fs";
import type { Parsed } from "./parsers";

/**
 * The text of a file that a setting names.
 *
 * @param tooLarge what to add where it has more than `mostKiB`
 */
export function textFile(path: string, mostKiB: number, tooLarge = ""): Parsed<string> {
  try {
    const stat = statSync(path);
    if (!stat.isFile()) return { reason: "it is no file" };
    if (stat.size > mostKiB * 1024) return { reason: `it has more than ${mostKiB} KiB${tooLarge}` };
    return { value: readFileSync(path, "utf8") };
  } catch (error) {
    return { reason: `it cannot be read (${(error as NodeJS.ErrnoException).code})` };
  }
}
