import { oneLine, Unmeasurable } from "../../common/errors";
import type { NamespaceApi } from "../namespace-api";

/**
 * What the side-car of this project's gateways, which has them restarted, last said against one.
 * @returns undefined where it said nothing, is not there, or may not be read
 */
export async function accusation(api: Pick<NamespaceApi, "log">, pod: string, sinceSeconds: number): Promise<string | undefined> {
  const query = { container: "redis-watch", sinceSeconds: String(sinceSeconds), tailLines: "100" };
  let said: string | undefined;
  try {
    await api.log(pod, query, 5_000, (line) => void (line.startsWith("the gateway ") && (said = oneLine(line, 200))));
  } catch (error) {
    if (!(error instanceof Unmeasurable)) throw error;
  }
  return said;
}
