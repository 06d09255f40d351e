import type { ClusterFacts } from "../facts";
import { type Finding, obstacle, warning } from "../finding";
import type { Plan } from "../plan";

/** The Secret that the user makes is there, with every key that the gateway needs: without them its pods would not start. */
export function checkForeignSecret({ foreignKeys }: ClusterFacts, { foreignSecret, namespace }: Plan): Finding[] {
  if (foreignSecret === undefined) return [];
  const { name, keys } = foreignSecret;
  const where = `the Secret ${name} in the namespace ${namespace}`;
  if ("unseen" in foreignKeys)
    return [warning("secretName", `${where} could not be looked at: ${foreignKeys.unseen}`, `it has to have ${keys.join(", ")}`)];
  const missing = keys.filter((it) => foreignKeys.seen?.includes(it) !== true);
  if (missing.length === 0) return [];
  const reason = foreignKeys.seen === undefined ? "is not there" : `has no ${missing.join(", ")}`;
  return [obstacle("secretName", `${where} ${reason}`, `put ${missing.join(", ")} into it, or into secrets`)];
}
