import { join } from "node:path";
import type { Scratch } from "../../../lib/testing/scratch";
import type { Build, Tool } from "../tool";

/** A tool that no source has; tests add one. */
export const planet: Tool = { name: "planet", version: "1.5.0", purpose: "a test", binaries: ["planet"] };

/** Where a source makes a tool: a folder of the test's machine. */
export function buildIn(scratch: Scratch, name = "final", detail: Build["detail"] = () => undefined): Build {
  const folder = join(scratch.folder, name);
  return { folder, finalFolder: folder, detail };
}
