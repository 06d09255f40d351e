import { existsSync } from "node:fs";
import { open, readdir, readFile, stat } from "node:fs/promises";
import { join } from "node:path";

/** A report that the verifier has written. */
export interface FoundReport {
  /** Absolute. */
  readonly path: string;
  readonly writtenAt: Date;
}

/** The verdict of a JSON report. */
export interface ReportVerdict extends FoundReport {
  readonly verdict: string;
  readonly reason: string | null;
}

/** What the beginning of the verifier's files of a format looks like. */
const beginnings = {
  json: /"schema":\s*"plano-affinity\/report\/v1"/,
  html: /<title>Affinity: (pass|fail|unknown)/,
} as const;

/** Characters of a file that are looked at to tell whether it is a report. */
const headLength = 4_096;

/** Larger reports are of hundreds of thousands of sessions, in bytes. */
const wholeLimit = 64 * 1024 * 1024;

/** The newest report of a format in the checkout's `reports/` or at its top, where `--report json=report.json` writes. */
export async function newestReport(project: string, format: keyof typeof beginnings): Promise<FoundReport | undefined> {
  let newest: FoundReport | undefined;
  for (const folder of [join(project, "reports"), project]) {
    for (const entry of existsSync(folder) ? await readdir(folder, { withFileTypes: true }) : []) {
      if (!entry.isFile() || !entry.name.endsWith(`.${format}`)) continue;
      const path = join(folder, entry.name);
      const { mtime, mtimeMs } = await stat(path);
      if (newest !== undefined && newest.writtenAt.getTime() >= mtimeMs) continue;
      if (beginnings[format].test(await headOf(path))) newest = { path, writtenAt: mtime };
    }
  }
  return newest;
}

/** The newest JSON report's verdict. @throws Error when the report cannot be read */
export async function newestVerdict(project: string): Promise<ReportVerdict | undefined> {
  const found = await newestReport(project, "json");
  if (found === undefined) return undefined;
  if ((await stat(found.path)).size > wholeLimit) throw new Error(`${found.path} is too large to be read here`);
  const { verdict, reason } = JSON.parse(await readFile(found.path, "utf8")) as ReportVerdict;
  return { ...found, verdict, reason };
}

async function headOf(path: string): Promise<string> {
  const file = await open(path);
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(headLength), 0, headLength, 0);
    return buffer.toString("utf8", 0, bytesRead);
  } finally {
    await file.close();
  }
}
