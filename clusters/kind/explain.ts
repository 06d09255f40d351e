import { outputOf, whyNoServer } from "../../images/docker-error";
import { CommandError } from "../../lib/command";
import { nodeImage, portsTaken } from "./config";

/** Lines of kind's own words that go with a message of ours. */
const shownLines = 6;

/** What stops kind, by what it or Docker says, and what helps. */
const causes: readonly (readonly [RegExp, (output: string) => string])[] = [
  // Before the others: kind quotes Docker, whose refusals are explained in one place.
  [/docker daemon|docker API|docker\.sock|docker[^\n]*: executable file not found/i, (output) => onLines(whyNoServer(output))],
  [
    /port is already allocated|address already in use|ports are not available/i,
    (output) => portsTaken(/:(\d+)[^\d\n]*(?:failed|bind|address|port is)/i.exec(output)?.[1] ?? "one of them"),
  ],
  [
    /no space left on device/i,
    () =>
      "the disk is full where Docker keeps its data.\n  → `docker system df` shows what is used, `docker system prune` frees what is not",
  ],
  [
    /failed to pull image|pull access denied|manifest unknown|toomanyrequests/i,
    () =>
      `the node's image could not be pulled.\n  → \`docker pull ${nodeImage}\` must work: look at the network, a proxy, or Docker Hub's limit (\`docker login\`)`,
  ],
  [
    /too many open files/i,
    () =>
      "this machine allows too few watched files.\n  → sysctl fs.inotify.max_user_watches=524288 fs.inotify.max_user_instances=512",
  ],
  [
    /could not find a log line that matches|kubelet is not running|kubelet is not healthy|timed out waiting for the condition/i,
    () =>
      "the node did not come up.\n  → give Docker 4 GiB of memory and 2 cores or more; see https://kind.sigs.k8s.io/docs/user/known-issues/",
  ],
];

/** kind found nodes of that name that were not there when we looked: they are not ours. */
export function isNameTaken(error: unknown): boolean {
  return error instanceof CommandError && error.output.includes("already exist for a cluster with the name");
}

/** What Docker cannot do under kind's `load docker-image` when it keeps images of many platforms. */
export function lacksPlatforms(error: unknown): boolean {
  return error instanceof CommandError && /content digest \S+: not found/.test(error.output);
}

/** Why Docker could not be asked for a cluster's nodes, or could not start them, with the remedy. */
export function explainDocker(error: unknown): Error {
  return explain("kind's nodes are Docker's containers", error, (it) => onLines(whyNoServer(outputOf(it))));
}

/**
 * Why a `kind` command failed: what was wanted, the cause where it is known, and kind's last lines.
 *
 * @param wanted such as `kind could not make the cluster plano-demo`.
 */
export function explainKind(wanted: string, error: unknown): Error {
  const explained = explain(wanted, error, (it) => `→ \`${it.commandLine}\` shows all of it`);
  const said = error instanceof CommandError ? lastLines(error.output) : "";
  if (said !== "") explained.message += `\n  kind said:\n${said}`;
  return explained;
}

/** @param unknown what is told where the cause is not known */
function explain(wanted: string, error: unknown, unknown: (error: CommandError) => string): Error {
  if (!(error instanceof CommandError)) return error instanceof Error ? error : new Error(String(error));
  const why = causes.find(([pattern]) => pattern.test(error.output))?.[1](error.output) ?? unknown(error);
  if (why.startsWith("cluster: ")) return new Error(why, { cause: error });
  return new Error(`cluster: ${wanted}${why.startsWith("→") ? ".\n  " : ": "}${why}`, { cause: error });
}

/** A remedy has a line of its own. */
export function onLines(why: string): string {
  return why.replace(/\.? → /, ".\n  → ");
}

/** The end of what was said, without stack traces and without what kind tells of its own cleaning up. */
function lastLines(output: string): string {
  const [told = ""] = output.split(/^Stack Trace:/m);
  const lines = told.split("\n").filter((it) => it.trim() !== "" && !it.startsWith("Deleted nodes:"));
  return lines
    .slice(-shownLines)
    .map((it) => `    ${it.trim().slice(0, 300)}`)
    .join("\n");
}
