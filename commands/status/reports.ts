import { existsSync } from "node:fs";
import { open, readdir, readFile, stat } from "node:fs/promises";
import { join } from "node:path";

/** A report of the verifier. */
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

/** How the verifier's reports begin. */
const beginnings = {
  json: /"schema":\s*"plano-affinity\/report\/v1"/,
  html: /<title>Affinity: (pass|fail|unknown)/,
} as const;

/** Bytes that are enough to recognize a report. */
const headLength = 4_096;

/** In bytes; larger reports are of hundreds of thousands of sessions. */
const wholeLimit = 64 * 1024 * 1024;

/** The newest report of a format in the checkout's `reports/` or at its top, where `--report json=report.json` writes. */
export async function newestReport(project: string, format: keyof typeof beginnings): Promise<FoundReport | undefined> {
  let newest: FoundReport | undefined;
  for (const folder of [join(project, "reports"), project]) {
    for (const entry of existsSync(folder) ? await readdir(folder, { withFileTypes: true }) : []) {
      if (!entry.isFile() || !entry.name.endsWith(`.${format}`)) continue;
      const path = join(folder, entry.name);
      const { mtime } = await stat(path);
      if (newest !== undefined && newest.writtenAt >= mtime) continue;
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
  await using file = await open(path);
  const { buffer, bytesRead } = await file.read(Buffer.alloc(headLength), 0, headLength, 0);
  return buffer.toString("utf8", 0, bytesRead);
}
