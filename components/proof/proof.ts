import * as pulumi from "@pulumi/pulumi";
import { mkdir } from "node:fs/promises";
import { dirname, relative } from "node:path";
import { writeWhole } from "../../lib/files";
import { pinLimits } from "../../settings/plano/releases";
import { defaultProof, hasTraces } from "../../settings/proof";
import type { ProofSettings } from "../../settings";
import { renderTable, type Report, verify } from "../../verify";
import { checkTitles } from "../../verify/checks";
import { waterfallsIn } from "../../verify/report/evidence";
import { renderHtml } from "../../verify/report/html";
import { knownAfterUpdate } from "../outputs";
import type { PlanoStack } from "../plano-stack";
import { type ProofSubject, type ProofTools, proveStack } from "./prove-stack";

/** Arguments of {@link Proof}. */
export interface ProofArgs {
  readonly stack: Pick<PlanoStack, "subject" | "ready">;
  /** Default: 4 sessions of 4 requests, and the checks that every `up` of this project runs. */
  readonly settings?: Partial<ProofSettings>;
  /** Where to keep the report as a page to look at, in the place of an older one; its folder is made. Default: nowhere. */
  readonly page?: string;
  /** Default: the verifier, and the update's diagnostics. */
  readonly tools?: Partial<ProofTools>;
}

/** The stack output `affinity`. */
export interface Affinity {
  readonly verdict: Report["verdict"];
  /** Why the verdict is not `pass`; null when it is. */
  readonly reason: string | null;
  /** What was proved: Plano itself, or the stand-in that keeps its contract. */
  readonly gateway: "plano" | "standin";
  readonly replicas: readonly string[];
  /** Twenty at most, those first that did not pass; the report has all. */
  readonly sessions: readonly Pick<Report["sessions"][number], "id" | "verdict" | "model" | "replicas">[];
  readonly checks: readonly Pick<Report["checks"][number], "id" | "verdict" | "summary">[];
  /** Trace ids of two requests of one session, to be looked up in Jaeger; left out where none were found there. */
  readonly traces?: { readonly first: string; readonly later: string };
}

/**
 * Proves, on every update and never in a preview, that sessions keep their model across the gateway's replicas.
 *
 * A verdict other than `pass` fails the update with the table, and the output says so too: it never keeps an older pass.
 */
export class Proof extends pulumi.ComponentResource {
  readonly affinity: pulumi.Output<Affinity>;

  constructor(name: string, args: ProofArgs, opts?: pulumi.ComponentResourceOptions) {
    super("plano-affinity:index:Proof", name, {}, opts);
    const ready = pulumi.all([pulumi.output(args.stack.subject), pulumi.output([...args.stack.ready])]);
    const tools = { verify, rolloutLimitMs: 300_000, ...diagnostics(this), ...args.tools };
    const outcome = ready.apply(async ([subject]) =>
      pulumi.runtime.isDryRun() ? knownAfterUpdate() : prove(subject, args, tools),
    );
    // Beside the output, not in it: what an `apply` throws fails the update, and the program still writes its outputs.
    outcome.apply(({ failure }) => failure === undefined || tools.notPassed(failure));
    // The report holds no secret, although it took the kubeconfig and a password to make it.
    this.affinity = pulumi.unsecret(outcome.affinity);
    this.registerOutputs({ affinity: this.affinity });
  }
}

/** @returns also why the update fails; undefined: it does not */
async function prove(
  subject: ProofSubject,
  args: ProofArgs,
  tools: ProofTools,
): Promise<{ readonly affinity: Affinity; readonly failure?: string }> {
  const settings = { ...defaultProof, ...args.settings };
  const gateway = subject.isStandin ? "standin" : "plano";
  if (!settings.enabled) return { affinity: nothingProved("the proof is switched off (proof.enabled is false)", gateway) };
  const standin = subject.isStandin ? "The gateway is the stand-in for Plano, not Plano itself." : undefined;
  const untraced =
    !hasTraces(subject) && settings.checks.includes("traces")
      ? "The check traces is left out: traces go to otlpEndpoint, and tracesUrl does not say where they can be looked up."
      : undefined;
  const notes = [standin, untraced, subject.unexamined, pinLimits(subject.pin ?? "fixed")].filter((note) => note !== undefined);
  try {
    const report = await proveStack(subject, settings, tools);
    const { verdict, reason } = report;
    const said = [...notes, renderTable(report, { color: false }), ...(await keepPage(report, args.page))];
    const text = said.join("\n");
    const affinity = summarise(report, gateway);
    if (verdict !== "pass") {
      const why = `${reason ?? "no reason given"}${remedy(report, subject)}`;
      return { affinity, failure: `the affinity proof's verdict is ${verdict}: ${why}\n${text}` };
    }
    tools.passed(text);
    return { affinity };
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return { affinity: nothingProved(reason, gateway), failure: `the affinity proof's verdict is unknown: ${reason}` };
  }
}

/** @returns where it is, for people; that it cannot be written is no reason to fail */
async function keepPage(report: Report, page: string | undefined): Promise<string[]> {
  if (page === undefined) return [];
  try {
    await mkdir(dirname(page), { recursive: true });
    await writeWhole(page, renderHtml(report, checkTitles));
    return [`Report   ${relative("", page)}`];
  } catch (error) {
    return [`The report is not kept: ${error instanceof Error ? error.message : String(error)}`];
  }
}

/** What providers' answers mean for the stack, by what the verifier makes of them. @param own the user brought the providers */
function ofProviders(own: boolean): readonly (readonly [RegExp, string])[] {
  const [who, key, limits, status] = own
    ? ["the provider", "--path secrets.<NAME>", "", ""]
    : ["OpenAI", "OPENAI_API_KEY", " (https://platform.openai.com/settings/organization/limits)", " (https://status.openai.com)"];
  return [
    [
      /CERTIFICATE_VERIFY|UNABLE_TO_\w+|SELF_SIGNED/,
      `the gateway does not trust the certificate that it is shown for ${who}, as by a proxy: name its authority's file, pulumi config set caBundle <file>`,
    ],
    [/HTTP 40[13]\b/, `${who} refuses the key${own ? "" : ` of ${key}`}: pulumi config set --secret ${key}, and pulumi up`],
    [/HTTP 429\b/, `${who} limits this key's requests, or its quota is used up${limits}: raise it, or run pulumi up later`],
    // Plano 0.4.27 makes nothing of an answer that was cut short.
    [/HTTP 5\d\d\b|answer (was cut off|is empty)/, `the gateway has no whole answer from ${who}${status}: run pulumi up later`],
  ];
}

/** What to do where the stack is not to blame: this machine, say, does not reach an external Redis that the cluster reaches. */
function remedy({ checks, reason }: Report, { redisUrl, upstream, gatewayConfig }: ProofSubject): string {
  // What the gateway did not answer, that is, not what another part did not.
  const answers = upstream === "openai" && /^(control|pinning): /.test(reason ?? "");
  const told = answers ? ofProviders(gatewayConfig !== undefined).find(([pattern]) => pattern.test(reason ?? "")) : undefined;
  if (told !== undefined) return `\n  → ${told[1]}`;
  const unread = checks.some(({ id, verdict }) => id === "redis" && verdict === "unknown");
  if (redisUrl === undefined || !unread) return "";
  return (
    "\n  → where only the cluster reaches the Redis of redisUrl: set proof.checks without redis " +
    "(pulumi config set --path 'proof.checks[0]' control, then [1] pinning, [2] traces and [3] race), and run npm run verify -- --in-cluster"
  );
}

/** Speaks through the engine, beside the proof's resource. */
function diagnostics(proof: pulumi.Resource): Pick<ProofTools, "progress" | "passed" | "notPassed"> {
  return {
    progress: (phase) => void pulumi.log.info(phase, proof, undefined, true),
    passed: (table) => void pulumi.log.info(table, proof),
    notPassed: (message) => {
      const error = new pulumi.RunError(message);
      // Once the program's last line has run, the SDK shows the stack even of errors that are meant for people.
      error.stack = undefined;
      throw error;
    },
  };
}

function nothingProved(reason: string, gateway: Affinity["gateway"]): Affinity {
  return { verdict: "unknown", reason, gateway, replicas: [], sessions: [], checks: [] };
}

function summarise(report: Report, gateway: Affinity["gateway"]): Affinity {
  const passedLast = report.sessions.toSorted((a, b) => Number(a.verdict === "pass") - Number(b.verdict === "pass"));
  const [first, later] = report.checks.flatMap(waterfallsIn).map(({ traceId }) => traceId);
  return {
    verdict: report.verdict,
    reason: report.reason,
    gateway,
    replicas: report.replicas.map((replica) => replica.name),
    sessions: passedLast.slice(0, 20).map(({ id, verdict, model, replicas }) => ({ id, verdict, model, replicas })),
    checks: report.checks.map(({ id, verdict, summary }) => ({ id, verdict, summary })),
    ...(first !== undefined && later !== undefined && { traces: { first, later } }),
  };
}
