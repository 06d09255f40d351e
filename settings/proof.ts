import { type FieldRule, type ObjectRules, readFields } from "./object-setting";
import { defaultProof, proofChecks } from "./schema";
import type { Violation } from "./violation";

/** What the proof at the end of every `up` does. */
export interface ProofSettings {
  /** False skips the proof; the stack then says nothing about affinity. */
  readonly enabled: boolean;
  /** Number of sessions, each on a replica of its own choosing. */
  readonly sessions: number;
  /** Requests per session; at least 2. */
  readonly rounds: number;
  /** The verifier's checks to run. */
  readonly checks: readonly string[];
}

const within =
  (least: number, most: number): FieldRule =>
  (value) =>
    Number.isInteger(value) && (value as number) >= least && (value as number) <= most
      ? undefined
      : `${JSON.stringify(value)} is not a whole number between ${least} and ${most}`;

const fields: ObjectRules<ProofSettings>["fields"] = {
  enabled: (value) => (typeof value === "boolean" ? undefined : `${JSON.stringify(value)} is not true or false`),
  sessions: within(1, 10_000),
  rounds: within(2, 1_000),
  checks: (value) => {
    if (!Array.isArray(value) || value.length === 0) return `${JSON.stringify(value)} is not a list of checks`;
    const unknown = value.filter((check) => !(proofChecks as readonly unknown[]).includes(check));
    return unknown.length === 0 ? undefined : `no check is called ${unknown.join(", ")}; there are ${proofChecks.join(", ")}`;
  },
};

const example = (field: keyof ProofSettings): string =>
  field === "checks"
    ? "pulumi config set --path 'proof.checks[0]' control"
    : `pulumi config set --path proof.${field} ${defaultProof[field]}`;

/** Reads the object of the key `proof`; fields that are left out keep their defaults. */
export function readProof(text: string): { readonly value: ProofSettings; readonly violations: readonly Violation[] } {
  const { given, violations } = readFields<ProofSettings>(text, { key: "proof", fields, example, first: "sessions" });
  return { value: { ...defaultProof, ...given }, violations };
}
