import { CommandError } from "../lib/command";

/** What Docker says → what that means, and what helps; `<host>` is the registry's. The first that fits counts. */
const known: readonly (readonly [says: RegExp, means: string, remedy: string])[] = [
  [/is not installed$/, "there is no docker on PATH", "install Docker (https://docs.docker.com/get-docker/)"],
  [
    /permission denied.*(docker daemon socket|docker API|docker\.sock)/is,
    "this user may not use Docker's socket",
    "sudo usermod -aG docker $USER, then log in again",
  ],
  [
    /cannot connect to the docker daemon|is the docker daemon running|failed to connect to the docker API|error during connect|context deadline exceeded.*docker\.sock|was not done after/i,
    "the Docker daemon does not answer",
    "start Docker (Docker Desktop, or sudo systemctl start docker), or let DOCKER_HOST name the right one",
  ],
  [
    /no space left on device/i,
    "the disk of the Docker daemon or of the registry is full",
    "docker system prune, or free space there",
  ],
  [
    /no basic auth credentials|unauthorized|authentication required|access to the resource is denied|denied: |403 Forbidden|insufficient_scope|token .*expired/i,
    "the registry refuses access",
    "docker login <host>, with an account that may push there",
  ],
  [
    /name unknown|repository .* (does not exist|not found)|NAME_UNKNOWN/i,
    "the registry has no such repository",
    "create the repository first, as ECR wants it, or name another",
  ],
  [
    /server gave HTTP response to HTTPS client/i,
    "the registry <host> speaks plain HTTP",
    'add "<host>" to insecure-registries of the Docker daemon',
  ],
  [
    /no such host|server misbehaving|name resolution|connection refused|i\/o timeout|network is unreachable|no route to host|Client\.Timeout exceeded|TLS handshake timeout/i,
    "the registry <host> cannot be reached",
    "check the network, and the spelling of the registry's host",
  ],
];

/** What a text of Docker's means, and what helps, about an image of this reference; undefined: it is not known. */
function explained(output: string, among = known, subject = ""): string[] | undefined {
  const [, ...words] = among.find(([says]) => says.test(output)) ?? [];
  return words.length === 0 ? undefined : words.map((it) => it.replace("<host>", registryHost(subject)));
}

/** What was wrong. @param doing what was tried: `the image x could not be pushed` */
export function explainPush(doing: string, subject: string, output: string): Error {
  const why = explained(output, known, subject);
  return new Error(`${doing}:${why ? ` ${why.join(".\n  → ")}` : quoteEnd(output)}`);
}

/** The same for a build, whose own words are the best explanation there is. */
export function explainBuild(target: string, output: string): Error {
  const doing = `the Dockerfile's target ${target} could not be built`;
  const general = explained(output, known.slice(0, 4));
  if (general !== undefined) return new Error(`${doing}: ${general.join(".\n  → ")}`);
  const remedy = "Docker has to reach docker.io (docker pull tells more), and for the stand-in the npm registry";
  return new Error(`${doing}; the build ended with:${quoteEnd(output, 15)}\n  → ${remedy}`);
}

/** In one line, why Docker does not answer. */
export function whyNoServer(output: string): string {
  const lines = output.trim().split("\n");
  // The client ends with a line of its own, which says no more than that something failed.
  return explained(output)?.join(" → ") ?? lines.find((it) => it.startsWith("Error response from daemon:")) ?? lines.at(-1) ?? "";
}

/** The host of a reference, as `docker login` wants it; Docker Hub needs none. */
export function registryHost(reference: string): string {
  const [first = "", ...rest] = reference.split("/");
  const isHost = rest.length > 0 && (first.includes(".") || first.includes(":") || first === "localhost");
  return isHost ? first : "docker.io";
}

/** What the command of an error printed, else the error itself. */
export function outputOf(error: unknown): string {
  if (error instanceof CommandError) return error.output.trim() === "" ? error.message : error.output;
  return error instanceof Error ? error.message : String(error);
}

function quoteEnd(output: string, lines = 5): string {
  return output
    .trim()
    .split("\n")
    .slice(-lines)
    .map((it) => `\n    ${it}`)
    .join("");
}
