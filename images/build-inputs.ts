import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { arch } from "node:os";
import { join } from "node:path";
import { standinImage } from "../standin/image";

/** Stages of the Dockerfile that are run: the official gateway, or the stand-in with the LLM stub. */
export type ImageTarget = "plano" | "standin";

/** What identifies an image that is built from the Dockerfile. */
export interface BuiltImageInputs {
  readonly target: ImageTarget;
  readonly planoVersion: string;
  /** Digest of all that goes into it; see {@link buildInputs}. */
  readonly inputs: string;
  /** Mirror that its base images are pulled from; undefined: their registry. It makes no other image. */
  readonly mirror?: string;
  /** Where it is pushed to; undefined: it stays in the engine of this machine. */
  readonly repository?: string;
}

const projectFolder = join(__dirname, "..");

/**
 * A digest of all that goes into an image of the Dockerfile: the same inputs give the same tag, and other inputs
 * another one. What the official image holds is not among them, for its version stands for it.
 */
export function buildInputs(target: ImageTarget, planoVersion: string, project = projectFolder): string {
  const hash = createHash("sha256").update(target).update(imagePlatform());
  for (const file of ["Dockerfile", ".dockerignore"]) hash.update(readFileSync(join(project, file)));
  if (target === "plano") hash.update(planoVersion);
  else {
    // What npm is told in the build, and what it installs.
    for (const file of ["package.json", "standin/package.json", ".npmrc"]) hash.update(readFileSync(join(project, file)));
    // Its Node.js is the one that the Dockerfile names.
    hash.update(standinSource(project, ""));
  }
  return hash.digest("hex").slice(0, 16);
}

/** A digest of all that goes into the stand-in's image. @param node version of its Node.js; the sandbox's image gets this one */
export function standinSource(project = projectFolder, node = process.version): string {
  const hash = createHash("sha256").update(JSON.stringify(standinImage)).update(node);
  hash.update(readFileSync(join(project, "package-lock.json")));
  const files = readdirSync(join(project, "standin"), { recursive: true, encoding: "utf8" });
  // A test that changes must not roll the gateway.
  const sources = files.filter((it) => it.endsWith(".ts") && !/\.test\.ts$|(^|[/\\])testing[/\\]/.test(it));
  for (const file of sources.sort()) hash.update(file).update(readFileSync(join(project, "standin", file)));
  return hash.digest("hex").slice(0, 16);
}

/** The platform that Docker builds for: its own variable, else that of this machine. */
function imagePlatform(): string {
  return process.env.DOCKER_DEFAULT_PLATFORM ?? `linux/${arch() === "x64" ? "amd64" : arch()}`;
}

/** The names of such an image here and in the registry; one repository for both targets, as it may have to be created first. */
export function imageNames({ target, inputs, repository }: Omit<BuiltImageInputs, "planoVersion" | "mirror">) {
  return {
    local: `plano-affinity/${target}:${inputs}`,
    pushed: repository === undefined ? undefined : `${repository}:${target}-${inputs}`,
  };
}
