import { CommandError } from "../lib/command";

/** What Docker says when something is wrong → what that means, and what helps. The first that fits counts. */
const known: readonly {
  readonly says: RegExp;
  readonly means: (subject: string) => string;
  readonly remedy: (subject: string) => string;
}[] = [
  {
    says: /is not installed$/,
    means: () => "there is no docker on PATH",
    remedy: () => "install Docker (https://docs.docker.com/get-docker/)",
  },
  {
    says: /permission denied.*(docker daemon socket|docker API|docker\.sock)/is,
    means: () => "this user may not use Docker's socket",
    remedy: () => "sudo usermod -aG docker $USER, then log in again",
  },
  {
    says: /cannot connect to the docker daemon|is the docker daemon running|failed to connect to the docker API|error during connect|context deadline exceeded.*docker\.sock|did not answer within/i,
    means: () => "the Docker daemon does not answer",
    remedy: () => "start Docker (Docker Desktop, or sudo systemctl start docker), or let DOCKER_HOST name the right one",
  },
  {
    says: /no space left on device/i,
    means: () => "the disk of the Docker daemon or of the registry is full",
    remedy: () => "docker system prune, or free space there",
  },
  {
    says: /no basic auth credentials|unauthorized|authentication required|access to the resource is denied|denied: |403 Forbidden|insufficient_scope|token .*expired/i,
    means: () => "the registry refuses access",
    remedy: (subject) => `docker login ${registryHost(subject)}, with an account that may push there`,
  },
  {
    says: /name unknown|repository .* (does not exist|not found)|NAME_UNKNOWN/i,
    means: () => "the registry has no such repository",
    remedy: () => "create the repository first, as ECR wants it, or pulumi config set registry …",
  },
  {
    says: /no such host|server misbehaving|Temporary failure in name resolution/i,
    means: (subject) => `the host ${registryHost(subject)} is not known to the Docker daemon`,
    remedy: () => "look at the spelling: pulumi config set registry …",
  },
  {
    says: /server gave HTTP response to HTTPS client/i,
    means: (subject) => `the registry ${registryHost(subject)} speaks plain HTTP`,
    remedy: (subject) => `add "${registryHost(subject)}" to insecure-registries of the Docker daemon`,
  },
  {
    says: /connection refused|i\/o timeout|network is unreachable|no route to host|Client\.Timeout exceeded|TLS handshake timeout/i,
    means: (subject) => `the registry ${registryHost(subject)} cannot be reached`,
    remedy: () => "look at the network, or pulumi config set registry …",
  },
];

/** What Docker says where a build cannot get the image that a `FROM` names. */
const basePull =
  /pull access denied for|manifest for \S+ not found|failed to resolve source metadata for|^(?:Error response from daemon: )?Get "https?:|failed to do request: (?:Head|Get)|toomanyrequests/im;

/** A step with Docker that failed: what was wrong and what to do, without a command line or a stack. */
class DockerError extends Error {
  override readonly name = "DockerError";

  constructor(
    message: string,
    /** What Docker printed. */
    readonly output: string,
  ) {
    super(message);
  }
}

/**
 * Says what was wrong.
 *
 * @param doing what was tried, as the beginning of the message: `the image x could not be pushed`.
 * @param subject reference of the image that it was about.
 */
export function explainPush(doing: string, subject: string, error: unknown): DockerError {
  const output = outputOf(error);
  const why = known.find(({ says }) => says.test(output));
  return new DockerError(
    why === undefined ? `${doing}:${quoteEnd(output)}` : `${doing}: ${why.means(subject)}.\n  → ${why.remedy(subject)}`,
    output,
  );
}

/** The same for a build, whose own words are the best explanation there is. */
export function explainBuild(target: string, error: unknown): DockerError {
  const output = outputOf(error);
  const doing = `the Dockerfile's target ${target} could not be built`;
  const general = known.slice(0, 4).find(({ says }) => says.test(output));
  if (general !== undefined) return new DockerError(`${doing}: ${general.means("")}.\n  → ${general.remedy("")}`, output);
  if (basePull.test(output))
    return new DockerError(
      `${doing}: its base image could not be pulled:${quoteEnd(output, 3)}\n` +
        "  → let Docker reach docker.io (docker pull tells more), or pulumi config set image … to use an image that exists",
      output,
    );
  return new DockerError(`${doing}; the build ended with:${quoteEnd(output, 15)}`, output);
}

/** In one line, why Docker does not answer. */
export function whyNoServer(error: unknown): string {
  const output = outputOf(error);
  const why = known.find(({ says }) => says.test(output));
  return why === undefined ? (output.trim().split("\n").at(-1) ?? "") : `${why.means("")} → ${why.remedy("")}`;
}

/** The host of a reference, as `docker login` wants it; Docker Hub needs none. */
export function registryHost(reference: string): string {
  const [first = "", ...rest] = reference.split("/");
  const isHost = rest.length > 0 && (first.includes(".") || first.includes(":") || first === "localhost");
  return isHost ? first : "docker.io";
}

function outputOf(error: unknown): string {
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
