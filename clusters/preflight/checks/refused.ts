import { type ClusterFacts, isOwn, seenOr, type Trial } from "../facts";
import { type Finding, obstacle, warning } from "../finding";
import type { Plan } from "../plan";
import { shortages } from "./quota";

/** Why an API server refuses, by its words (Kubernetes 1.34), and what to do. */
interface Cause {
  readonly words: RegExp;
  readonly subject: string;
  readonly reason: (plan: Plan) => string;
  readonly remedy: (plan: Plan, context: string) => string;
}

const other = "pulumi config set namespace … for another one";

const causes: readonly Cause[] = [
  {
    words: /violates PodSecurity/,
    subject: "namespace",
    reason: ({ namespace }) => `the Pod Security level of ${namespace} refuses pods of the stack`,
    remedy: ({ namespace }, context) =>
      `kubectl --context ${context} label --overwrite namespace ${namespace} pod-security.kubernetes.io/enforce=baseline, or ${other}`,
  },
  {
    words: /(maximum|minimum) \S+ usage per|max limit to request ratio per/,
    subject: "limits",
    reason: ({ namespace }) => `LimitRanges of ${namespace} refuse pods or volumes of the stack`,
    remedy: () => `ask for other limits, or ${other}`,
  },
  {
    words: /failed quota: .* must specify/,
    subject: "quota",
    reason: ({ namespace }) => `a quota of ${namespace} wants what the stack's containers do not have`,
    remedy: ({ namespace }) => `have a LimitRange with defaults made in ${namespace}, or ${other}`,
  },
  {
    words: /exceeded quota/,
    subject: "quota",
    reason: ({ namespace }) => `the stack does not fit into ${namespace}`,
    remedy: () => `ask for more, lower minReplicas, or ${other}`,
  },
  {
    words: /./,
    subject: "cluster",
    reason: () => "the API server refuses objects of the stack",
    remedy: () => "change what it names, or ask whoever runs the cluster",
  },
];

/** What other checks tell, what another object of the stack brings, and what cannot be tried at all. */
const told = /cannot \w+ resource|serviceaccount "[^"]*" not found|being terminated|does not support dry run/;
/** Node ports have a check of their own. */
const takenPort = "port is already allocated";

/** The API server takes every object of the stack, and every pod and volume that comes of them. */
export function checkRefused(facts: ClusterFacts, plan: Plan): Finding[] {
  const refused = facts.trials.flatMap((trial) => {
    const words = wordsOf(trial);
    return words === undefined || !counts(words, trial, facts, plan) ? [] : [{ words, trial }];
  });
  const findings = causes.flatMap((cause, index) => {
    const mine = refused.filter(({ words }) => causes.findIndex((it) => it.words.test(words)) === index);
    const lines = mine.map(({ words, trial: { planned, what } }) => {
      const part = what === "object" ? "" : `${what === "pod" ? "pods" : "volumes"} of `;
      return `${part}${planned.manifest.kind} ${planned.manifest.metadata.name}: ${words}`;
    });
    if (lines.length === 0) return [];
    const reason = `${cause.reason(plan)}:\n${[...new Set(lines)].join("\n")}`;
    return obstacle(cause.subject, reason, cause.remedy(plan, facts.context));
  });
  const [unknown] = facts.trials.flatMap(({ answer }) => ("unknown" in answer ? answer.unknown : []));
  if (unknown === undefined) return findings;
  const reason = `dry runs could not tell everything: ${unknown}`;
  return [...findings, warning("cluster", reason, "what is refused shows when the stack is made")];
}

/** The server's reason, without the name that it gave the object. */
function wordsOf({ answer }: Trial): string | undefined {
  if (!("refused" in answer)) return undefined;
  const { status, message } = answer.refused;
  if (status === 404 || told.test(message)) return undefined;
  return message.replace(/^\S+( "[^"]*")? is (forbidden|invalid): /, "");
}

function counts(words: string, { planned }: Trial, facts: ClusterFacts, plan: Plan): boolean {
  if (words.includes(takenPort)) return false;
  const namespace = seenOr(facts.namespace, undefined);
  // The update gives its own namespace the level that the gateway needs.
  if (words.includes("violates PodSecurity")) return !(plan.createNamespace && namespace && isOwn(namespace, plan.stackId));
  // Pods that are there count already, and our own sums name all amounts at once.
  if (words.includes("exceeded quota"))
    return seenOr(planned.live, undefined) === undefined && shortages(facts, plan, "least").length === 0;
  return true;
}

/** Whether the API server refused an object because of a port of the nodes. */
export function isPortRefused({ answer }: Trial): boolean {
  return "refused" in answer && answer.refused.message.includes(takenPort);
}
