import { randomBytes } from "node:crypto";

/** Value of `app.kubernetes.io/name` on everything that is made; network policies let pods with it in. */
export const appName = "plano-affinity-verify";

/** A name that no other run has, for all objects of one run. */
export function uniqueName(): string {
  return `${appName}-${randomBytes(4).toString("hex")}`;
}

/** Labels of every object of one run. @param name see {@link uniqueName} */
export function labelsOf(name: string): { readonly [label: string]: string } {
  return {
    "app.kubernetes.io/name": appName,
    "app.kubernetes.io/instance": name,
    "app.kubernetes.io/part-of": "plano-affinity",
  };
}

/** Selects everything of one run, its pod included. */
export function selectorOf(name: string): string {
  return `app.kubernetes.io/instance=${name}`;
}
