import { join } from "node:path";
import type { Scratch } from "../../lib/testing/scratch";

/** What the stand-in says to a command that begins with these words; the first that fits counts. */
export interface Answer {
  readonly to: string;
  readonly stdout?: string;
  readonly stderr?: string;
  /** Default 0. */
  readonly code?: number;
  /** Seconds until it answers. Default 0. */
  readonly afterSeconds?: number;
}

/**
 * Puts a `docker` on the scratch machine's PATH that answers as it is told; what it has no answer to, it does without a
 * word. Its last environment and standard input are in `docker.env` and `docker.stdin`.
 *
 * @returns what tells every call so far, as its arguments
 */
export async function dockerStandIn(scratch: Scratch, answers: readonly Answer[] = []): Promise<() => Promise<string[][]>> {
  const cases = answers.map(({ to, stdout = "", stderr = "", code = 0, afterSeconds = 0 }) =>
    [
      `'${to}'*)`,
      afterSeconds > 0 ? `sleep ${afterSeconds}` : ":",
      `cat <<'END'\n${stdout}\nEND`,
      `cat >&2 <<'END'\n${stderr}\nEND`,
      `exit ${code};;`,
    ].join("\n"),
  );
  const log = join(scratch.folder, "docker.calls");
  await scratch.program(
    "docker",
    `for word; do printf '%s\\037' "$word"; done >> ${log}; printf '\\n' >> ${log}\nenv > ${scratch.folder}/docker.env\ncat > ${scratch.folder}/docker.stdin\ncase "$*" in\n${cases.join("\n")}\nesac`,
  );
  return async () => {
    const text = await scratch.read("docker.calls").catch(() => "");
    const lines = text.split("\n").slice(0, -1);
    return lines.map((it) => it.split("\u001f").slice(0, -1));
  };
}
