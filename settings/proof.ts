import { calmChecks, defaultChecks } from "../verify/check-ids";
import { type Field, objectOf, trueOrFalse } from "./object-setting";

/** The proof at the end of every `up`. */
export interface ProofSettings {
  /** False skips the proof; the stack then says nothing about affinity. */
  readonly enabled: boolean;
  /** Number of sessions; at least 1. */
  readonly sessions: number;
  /** Requests per session; at least 2. */
  readonly rounds: number;
  /** The verifier's checks to run. */
  readonly checks: readonly string[];
}

/** The proof of a stack that configures none. */
export const defaultProof: ProofSettings = { enabled: true, sessions: 4, rounds: 4, checks: defaultChecks };

const within =
  (least: number, most: number): Field["wrong"] =>
  (value) =>
    Number.isInteger(value) && (value as number) >= least && (value as number) <= most
      ? undefined
      : `${JSON.stringify(value)} is not a whole number between ${least} and ${most}`;

const set = (field: string, value: string | number | boolean): string => `pulumi config set --path proof.${field} ${value}`;

export const proof = objectOf<ProofSettings>({
  key: "proof",
  fields: {
    enabled: { wrong: trueOrFalse, remedy: set("enabled", true) },
    sessions: { wrong: within(1, 10_000), remedy: set("sessions", defaultProof.sessions) },
    rounds: { wrong: within(2, 1_000), remedy: set("rounds", defaultProof.rounds) },
    checks: { wrong: wrongChecks, remedy: "pulumi config set --path 'proof.checks[0]' control" },
  },
  defaults: defaultProof,
});

/** A proof may only run checks that leave the deployment alone. */
function wrongChecks(value: unknown): string | undefined {
  if (!Array.isArray(value) || value.length === 0) return `${JSON.stringify(value)} is not a list of checks`;
  const unknown = value.filter((check) => !(calmChecks as readonly unknown[]).includes(check));
  return unknown.length === 0 ? undefined : `no check is called ${unknown.join(", ")}; there are ${calmChecks.join(", ")}`;
}
