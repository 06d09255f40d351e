import { BlockList, isIP } from "node:net";
import { join } from "node:path";
import { stripVTControlCharacters } from "node:util";
import { type CommandOptions, run } from "../lib/command";
import { underLock } from "../lib/lock";
import { stateDir } from "../lib/paths";
import { explainBuild, explainPush, outputOf, registryHost, whyNoServer } from "./docker-error";

/** How long the daemon may take to say that it is there. */
const answerLimitMs = 5_000;

/** Whether a Docker daemon answers; the reason ends with what helps. */
type DockerServer = { readonly answers: true; readonly version: string } | { readonly answers: false; readonly reason: string };

/** Asks the daemon that the user's `docker` talks to, for five seconds at most. */
export async function dockerServer(signal?: AbortSignal): Promise<DockerServer> {
  try {
    const ask = ["version", "--format", "{{.Server.Version}}"];
    const version = (await run("docker", ask, { signal, limitMs: answerLimitMs })).trim();
    return version === "" ? { answers: false, reason: whyNoServer("is the docker daemon running") } : { answers: true, version };
  } catch (error) {
    signal?.throwIfAborted();
    return { answers: false, reason: whyNoServer(outputOf(error)) };
  }
}

/** What is built. */
export interface BuildRequest {
  /** Text of the Dockerfile. */
  readonly dockerfile: string;
  readonly context: string;
  readonly target: string;
  readonly reference: string;
  readonly buildArgs: Readonly<Record<string, string>>;
  readonly labels: Readonly<Record<string, string>>;
}

/** Builds a stage of the Dockerfile, with BuildKit or without. @throws Error with the remedy, or the build's last lines */
export async function build(request: BuildRequest, options: CommandOptions = {}): Promise<void> {
  const { target, reference, buildArgs, labels, context } = request;
  const pairs = (flag: string, values: Readonly<Record<string, string>>): string[] =>
    Object.entries(values).flatMap(([key, value]) => [flag, `${key}=${value}`]);
  const named = ["--file", "-", "--target", target, "--tag", reference];
  const args = ["build", ...named, ...pairs("--build-arg", buildArgs), ...pairs("--label", labels), context];
  // With attestations BuildKit makes an index, whose digest the engine does not tell.
  const env = { ...process.env, BUILDX_NO_DEFAULT_ATTESTATIONS: "1" };
  // What a step printed is on one stream or the other, by builder.
  const lines: string[] = [];
  const onLine = (line: string): void => {
    lines.push(stripVTControlCharacters(line));
    options.onLine?.(lines.at(-1) ?? "");
  };
  await run("docker", args, { ...options, env, input: request.dockerfile, onLine }).catch((error: unknown) => {
    options.signal?.throwIfAborted();
    throw explainBuild(target, lines.some((it) => it.trim() !== "") ? lines.join("\n") : outputOf(error));
  });
}

/** Pushes an image with the user's login. @returns its digest there, `sha256:…` @throws Error with the remedy */
export async function push(reference: string, options: CommandOptions = {}): Promise<string> {
  const doing = `the image ${reference} could not be pushed`;
  const output = (await about(doing, reference, ["push", reference], options)) ?? "";
  const digest = /digest: (sha256:[0-9a-f]{64})/.exec(output)?.[1];
  if (digest === undefined) throw explainPush(`${doing}, or the registry told no digest`, reference, output);
  return digest;
}

/** Gives an image a further name. @throws Error */
export async function tag(reference: string, as: string, signal?: AbortSignal): Promise<void> {
  await about(`the image ${reference} could not be named ${as}`, as, ["tag", reference, as], { signal });
}

/** Labels of an image of the engine; `undefined` when it has no such image. @throws Error */
export async function labelsOf(reference: string, signal?: AbortSignal): Promise<Readonly<Record<string, string>> | undefined> {
  const ask = ["image", "inspect", "--format", "{{json .Config.Labels}}", reference];
  const labels = await about(`the image ${reference} could not be looked at`, reference, ask, { signal }, noSuchImage);
  return labels === undefined ? undefined : ((JSON.parse(labels) as Record<string, string> | null) ?? {});
}

/**
 * Asks the registry for an image by tag or digest, with the user's login.
 *
 * @returns its digest; `undefined` when it is not there, and `"unknown"` for an index, whose digest Docker does not tell.
 * @throws Error when the registry could not be asked.
 */
export async function digestInRegistry(reference: string, signal?: AbortSignal): Promise<string | undefined> {
  const manifest = (...flags: readonly string[]): Promise<string | undefined> => {
    const ask = ["manifest", "inspect", "--verbose", ...flags, reference];
    return about(`the registry could not be asked for ${reference}`, reference, ask, { signal }, notInRegistry);
  };
  // To the client a registry with plain HTTP has no images, unless it is told; the daemon knows which ones the user trusts.
  const text = (await manifest()) ?? ((await trustsInsecure(reference, signal)) ? await manifest("--insecure") : undefined);
  if (text === undefined) return undefined;
  return (JSON.parse(text) as { Descriptor?: { digest?: string } }).Descriptor?.digest ?? "unknown";
}

async function trustsInsecure(reference: string, signal?: AbortSignal): Promise<boolean> {
  const config = await run("docker", ["info", "--format", "{{json .RegistryConfig}}"], { signal });
  return isInsecure(registryHost(reference), JSON.parse(config) as RegistryConfig | null);
}

/** `docker info`'s RegistryConfig, as far as it is looked at (Docker Engine API 1.41). */
interface RegistryConfig {
  readonly InsecureRegistryCIDRs?: readonly string[] | null;
  readonly IndexConfigs?: Readonly<Record<string, { readonly Secure?: boolean }>> | null;
}

/** Whether the user told the daemon to trust a registry without a certificate; Docker itself trusts loopback. */
export function isInsecure(host: string, config: RegistryConfig | null): boolean {
  if (config?.IndexConfigs?.[host]?.Secure === false) return true;
  const name = host.replace(/:\d+$/, "").replace(/^\[|\]$/g, "");
  const address = name === "localhost" ? "127.0.0.1" : name;
  const family = isIP(address);
  if (family === 0) return false;
  const trusted = new BlockList();
  for (const network of config?.InsecureRegistryCIDRs ?? []) {
    const [start = "", length] = network.split("/");
    trusted.addSubnet(start, Number(length), isIP(start) === 6 ? "ipv6" : "ipv4");
  }
  return trusted.check(address, family === 6 ? "ipv6" : "ipv4");
}

/** Takes a name away from an image; with its last name the image goes. One that is not there is no error. */
export async function untag(reference: string, signal?: AbortSignal): Promise<void> {
  const args = ["image", "rm", reference];
  await about(`the image ${reference} could not be removed`, reference, args, { signal }, noSuchImage);
}

/** Removes the images without a name that carry a label, `key=value`, and that no container uses. */
export async function removeUnnamed(label: string, signal?: AbortSignal): Promise<void> {
  const args = ["image", "prune", "--force", "--filter", `label=${label}`];
  // The engine does one of these at a time, and refuses another.
  const prune = () => about("what the build left could not be removed", label, args, { signal });
  await underLock(join(stateDir(), "docker-prune"), () => undefined, prune, signal);
}

/** What docker says of an image that the engine does not have. */
const noSuchImage = /no such (image|object)/i;

/**
 * What docker says of an image that a registry does not have, or the registry itself (Harbor and Quay have words of their
 * own). A credential helper that is not there is "not found" as well, and tells nothing of the image.
 */
const notInRegistry =
  /no such manifest|manifest unknown|name unknown|\b(?:manifest for|artifact|repository|tag) \S+(?: is)? not found/i;

/** Runs a command about an image. @returns what it printed; undefined where it says, as in `absent`, that there is none */
async function about(
  doing: string,
  image: string,
  args: readonly string[],
  options: CommandOptions,
  absent?: RegExp,
): Promise<string | undefined> {
  try {
    return await run("docker", args, options);
  } catch (error) {
    options.signal?.throwIfAborted();
    const output = outputOf(error);
    if (absent?.test(output)) return undefined;
    throw explainPush(doing, image, output);
  }
}
