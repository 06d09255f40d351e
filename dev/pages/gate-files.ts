import { readFileSync } from "node:fs";
import { join } from "node:path";
import { project } from "./markdown";

export const github = "docs/examples/gate-github-actions.yml";
export const gitlab = "docs/examples/gate-gitlab.yml";
export const textOf = (path: string): string => readFileSync(join(project, path), "utf8");
