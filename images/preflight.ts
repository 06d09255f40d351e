import * as pulumi from "@pulumi/pulumi";
import { readFile } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";
import { unlessEmpty } from "../lib/paths";
import { dockerServer } from "./docker";
import { registryHost } from "./docker-error";
import { type ImageWishes, planImages } from "./plan";

/** Finds what would keep images from being built or pushed, before anything is made. @throws pulumi.RunError with all of it */
export async function checkImages(wishes: ImageWishes & { readonly needsStub: boolean }): Promise<void> {
  const { gateway, stub } = planImages(wishes);
  if (gateway !== "built" && !(wishes.needsStub && stub === "built")) return;
  const { registry } = wishes;
  const [server, noPush] = await Promise.all([dockerServer(), registry === undefined ? undefined : whyNoPush(registry)]);
  const findings = [
    ...(server.answers ? [] : [`${registry === undefined ? "cluster" : "registry"}: images cannot be built: ${server.reason}`]),
    ...(noPush === undefined ? [] : [`registry: ${noPush}`]),
  ];
  if (findings.length > 0) throw new pulumi.RunError(findings.join("\n"));
}

/** Docker Hub has other names for its API and for its credentials. */
const hub = { api: "registry-1.docker.io", credentials: "index.docker.io" };

const answerLimitMs = 5_000;

/** What is wrong with a push to a repository, and what helps, as far as that shows without pushing. */
async function whyNoPush(repository: string): Promise<string | undefined> {
  const host = registryHost(repository);
  const answer = await ask(host === "docker.io" ? hub.api : host);
  if (answer === "unknown host" && !isProxied())
    return `the host ${host} is not known.\n  → check the spelling of the registry's host`;
  if (answer !== 401 || (await mayBeLoggedIn(host))) return undefined;
  return `nobody is logged in at ${host} on this machine.\n  → docker login ${host === "docker.io" ? "" : host}`.trimEnd();
}

/** Whether there is a proxy, which may know names that this machine does not. */
function isProxied(): boolean {
  return (process.env.HTTPS_PROXY ?? process.env.https_proxy) !== undefined;
}

async function ask(host: string): Promise<number | "unknown host" | undefined> {
  try {
    return (await fetch(`https://${host}/v2/`, { signal: AbortSignal.timeout(answerLimitMs) })).status;
  } catch (error) {
    // What Docker trusts and reaches may differ from what this process does: only this one answer is the same for both.
    const { code } = ((error as Error).cause ?? {}) as NodeJS.ErrnoException;
    return code === "ENOTFOUND" ? "unknown host" : undefined;
  }
}

interface DockerConfig {
  readonly auths?: Readonly<Record<string, unknown>>;
  readonly credHelpers?: Readonly<Record<string, string>>;
  readonly credsStore?: string;
}

/** Whether `docker` may have credentials for a host; a helper's are not asked for, it would print them. */
async function mayBeLoggedIn(host: string): Promise<boolean> {
  const file = join(unlessEmpty(process.env.DOCKER_CONFIG) ?? join(homedir(), ".docker"), "config.json");
  let config: DockerConfig;
  try {
    config = JSON.parse(await readFile(file, "utf8")) as DockerConfig;
  } catch (error) {
    // One that cannot be read is Docker's to complain about.
    return (error as NodeJS.ErrnoException).code !== "ENOENT";
  }
  if (config.credsStore !== undefined && config.credsStore !== "") return true;
  const wanted = host === "docker.io" ? hub.credentials : host;
  return [...Object.keys(config.auths ?? {}), ...Object.keys(config.credHelpers ?? {})].some(
    (it) => it.replace(/^https?:\/\//, "").split("/")[0] === wanted,
  );
}
