import { readFileSync } from "node:fs";
import { join } from "node:path";

/** The account of docs/redis.md as rules of an access list: exactly the keys and commands that the page says are needed. */
export function documentedAccount(): string {
  const page = readFileSync(join(__dirname, "..", "..", "..", "docs", "redis.md"), "utf8");
  const [, needed] = /^- The account needs ([^;.]*)[;.]/m.exec(page) ?? [];
  if (needed === undefined) throw new Error("docs/redis.md does not say what the account needs");
  const words = [...needed.matchAll(/`([^`]+)`/g)].map(([, word = ""]) => word);
  return words.map((it) => (it.includes(":") ? `~${it}` : `+${it.toLowerCase()}`)).join(" ");
}
