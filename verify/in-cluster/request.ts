import type { Violation } from "../common/errors";
import { disruptiveOf, type VerifyOptions } from "../options";

export interface InClusterRequest {
  /** `print`: manifests to standard output; `apply`: create them, wait for the report, remove them. */
  readonly mode: "print" | "apply";
  /** Image of the Job: any with Node.js 20 or newer as `node` on its PATH. */
  readonly image: string;
}

/** The official Node.js image; its user `node` has the number 1000. */
export const defaultImage = "docker.io/library/node:22-alpine";

/** Everything that keeps these options from being handed to a Job. */
export function inClusterViolations({ mode, image }: InClusterRequest, options: VerifyOptions, reports: number): Violation[] {
  const violations: Violation[] = [];
  const add = (path: string, reason: string, remedy: string): void => void violations.push({ path, reason, remedy });
  if (!/^[a-z0-9][^\s]*$/i.test(image)) {
    add("--image", "it is no reference of an image", `name one with Node.js 20 or newer, e.g. --image ${defaultImage}`);
  }
  if (options.target.kind !== "kubernetes") {
    add(
      "--in-cluster",
      "a Job finds the replicas by itself, as pods of its namespace",
      "leave out --replica and --url, or --in-cluster",
    );
  } else if (options.target.redis !== undefined && "url" in options.target.redis && hasCredentials(options.target.redis.url)) {
    add(
      "--redis-url",
      "its user name or password would stand in the manifests",
      "leave them out, or put the whole URL under REDIS_URL in Secret plano-secrets, which the Job reads",
    );
  }
  for (const check of disruptiveOf(options.checks)) {
    add("--checks", `${check} cannot be run in the cluster yet`, "run it from outside, without --in-cluster");
  }
  if (mode === "print" && reports > 0) {
    add(
      "--report",
      "manifests are printed and nothing is run; the log of the Job will be its JSON report",
      "leave it out, or use --in-cluster=apply, which fetches the report",
    );
  }
  return violations;
}

function hasCredentials(url: string): boolean {
  if (!URL.canParse(url)) return false;
  const { username, password, searchParams } = new URL(url);
  return username !== "" || password !== "" || searchParams.has("password");
}
