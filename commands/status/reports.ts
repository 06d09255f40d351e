import { existsSync } from "node:fs";
import { open, readdir, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import { reportPage } from "../../lib/paths";

/** How the verifier's HTML report begins, within so many bytes. */
const beginning = /<title>Affinity: (pass|fail|unknown)/;
const headLength = 4_096;

/** The newest HTML report: of a stack's proof, or of the verifier in the checkout's `reports/` or at its top. Its absolute path. */
export async function newestReport(project: string, stack: string): Promise<string | undefined> {
  let newest: { readonly path: string; readonly writtenAt: Date } | undefined;
  for (const folder of [dirname(reportPage(project, stack)), join(project, "reports"), project]) {
    for (const entry of existsSync(folder) ? await readdir(folder, { withFileTypes: true }) : []) {
      if (!entry.isFile() || !entry.name.endsWith(".html")) continue;
      const path = join(folder, entry.name);
      const { mtime } = await stat(path);
      if (newest !== undefined && newest.writtenAt >= mtime) continue;
      if (beginning.test(await headOf(path))) newest = { path, writtenAt: mtime };
    }
  }
  return newest?.path;
}

async function headOf(path: string): Promise<string> {
  await using file = await open(path);
  const { buffer, bytesRead } = await file.read(Buffer.alloc(headLength), 0, headLength, 0);
  return buffer.toString("utf8", 0, bytesRead);
}
