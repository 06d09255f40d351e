import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { standinImage } from "../standin/image";

/**
 * A digest of all that goes into the stand-in's image: its sources, its libraries, how it is put together. Tests are no
 * part of it: one that is edited must not roll the gateway.
 *
 * @param node version of the Node.js that goes into it; default: this one, which the sandbox's image gets.
 */
export function standinSource(project = join(__dirname, ".."), node = process.version): string {
  const hash = createHash("sha256").update(JSON.stringify(standinImage)).update(node);
  hash.update(readFileSync(join(project, "package-lock.json")));
  const files = readdirSync(join(project, "standin"), { recursive: true, encoding: "utf8" });
  const sources = files.filter((it) => it.endsWith(".ts") && !/\.test\.ts$|(^|[/\\])testing[/\\]/.test(it));
  for (const file of sources.sort()) hash.update(file).update(readFileSync(join(project, "standin", file)));
  return hash.digest("hex").slice(0, 16);
}
