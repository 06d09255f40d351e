import { outputOf, whyNoServer } from "../../images/docker-error";
import { CommandError } from "../../lib/command";
import { nodeImage, portsTaken } from "./config";

/** Lines of kind's own words that go with a message of ours. */
const shownLines = 6;

/** What stops kind, by what it or Docker says, and what helps. */
const causes: readonly (readonly [says: RegExp, means: string, remedy: string])[] = [
  [/port is already allocated|address already in use|ports are not available/i, ...portsTaken("one of them")],
  [
    /no space left on device/i,
    "the disk is full where Docker keeps its data",
    "`docker system df` shows what is used, `docker system prune` frees what is not",
  ],
  [
    /failed to pull image|pull access denied|manifest unknown|toomanyrequests/i,
    "the node's image could not be pulled",
    `\`docker pull ${nodeImage}\` must work: look at the network, a proxy, or Docker Hub's limit (\`docker login\`); or name one in a mirror: pulumi config set kindNodeImage …`,
  ],
  [/not present locally/i, "the image is not in the local Docker any more", "pulumi up --refresh builds it again, and loads it"],
  [
    /too many open files/i,
    "this machine allows too few watched files",
    "sysctl fs.inotify.max_user_watches=524288 fs.inotify.max_user_instances=512",
  ],
  [
    /could not find a log line that matches|kubelet is not running|kubelet is not healthy|timed out waiting for the condition/i,
    "the node did not come up",
    "give Docker 4 GiB of memory and 2 cores or more; see https://kind.sigs.k8s.io/docs/user/known-issues/",
  ],
];

/** kind found nodes of that name that were not there when we looked: they are not ours. */
export function isNameTaken(error: unknown): boolean {
  return error instanceof CommandError && error.output.includes("already exist for a cluster with the name");
}

/** Why Docker could not be asked for a cluster's nodes, or could not start them, with the remedy. */
export function explainDocker(error: unknown): Error {
  if (!(error instanceof CommandError)) return error as Error;
  const why = whyNoServer(outputOf(error)).replace(/\.? → /, ".\n  → ");
  return new Error(`cluster: kind's nodes are Docker's containers: ${why}`, { cause: error });
}

/** Why `kind` failed at what was wanted, such as `kind could not make the cluster plano-demo`, with its last lines. */
export function explainKind(wanted: string, error: unknown): Error {
  if (!(error instanceof CommandError)) return error as Error;
  // kind quotes Docker, whose refusals are explained in one place.
  if (/docker daemon|docker API|docker\.sock|docker[^\n]*: executable file not found/i.test(error.output))
    return explainDocker(error);
  const known = causes.find(([says]) => says.test(error.output));
  const why = known === undefined ? `.\n  → \`${error.commandLine}\` shows all of it` : `: ${known.slice(1).join(".\n  → ")}`;
  const said = lastLines(error.output);
  return new Error(`cluster: ${wanted}${why}${said === "" ? "" : `\n  kind said:\n${said}`}`, { cause: error });
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
