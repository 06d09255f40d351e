import { defaultProof, proofChecks } from "./schema";
import { mostSimilar } from "./similar";
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

type FieldRule = (value: unknown) => string | undefined;

const within =
  (least: number, most: number): FieldRule =>
  (value) =>
    Number.isInteger(value) && (value as number) >= least && (value as number) <= most
      ? undefined
      : `${JSON.stringify(value)} is not a whole number between ${least} and ${most}`;

const rules: { readonly [field in keyof ProofSettings]: FieldRule } = {
  enabled: (value) => (typeof value === "boolean" ? undefined : `${JSON.stringify(value)} is not true or false`),
  sessions: within(1, 10_000),
  rounds: within(2, 1_000),
  checks: (value) => {
    if (!Array.isArray(value) || value.length === 0) return `${JSON.stringify(value)} is not a list of checks`;
    const unknown = value.filter((check) => !(proofChecks as readonly unknown[]).includes(check));
    return unknown.length === 0 ? undefined : `no check is called ${unknown.join(", ")}; there are ${proofChecks.join(", ")}`;
  },
};

const fields = Object.keys(rules) as (keyof ProofSettings)[];
const example = (field: keyof ProofSettings): string =>
  field === "checks"
    ? "pulumi config set --path 'proof.checks[0]' control"
    : `pulumi config set --path proof.${field} ${defaultProof[field]}`;

/** Reads the object of the key `proof`; fields that are left out keep their defaults. */
export function readProof(text: string): { readonly value: ProofSettings; readonly violations: readonly Violation[] } {
  const given = parseObject(text);
  if (!given) {
    const reason = `"${text}" is not an object with the fields ${fields.join(", ")}`;
    return {
      value: defaultProof,
      violations: [{ path: "proof", reason, remedy: `pulumi config rm proof, then ${example("sessions")}` }],
    };
  }
  const violations = Object.entries(given).flatMap(([name, value]): Violation[] => {
    const field = fields.find((candidate) => candidate === name);
    if (!field) {
      const meant = mostSimilar(name, fields);
      const hint = meant ? `did you mean ${meant}?` : `there are ${fields.join(", ")}`;
      return [
        { path: `proof.${name}`, reason: `there is no such field; ${hint}`, remedy: `pulumi config rm --path proof.${name}` },
      ];
    }
    const reason = rules[field](value);
    return reason ? [{ path: `proof.${field}`, reason, remedy: example(field) }] : [];
  });
  return { value: violations.length > 0 ? defaultProof : { ...defaultProof, ...given }, violations };
}

function parseObject(text: string): Partial<ProofSettings> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null && !Array.isArray(value) ? value : undefined;
  } catch {
    return undefined;
  }
}
