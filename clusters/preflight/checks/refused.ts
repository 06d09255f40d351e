import { type ClusterFacts, isOwn, seenOr, type Trial } from "../facts";
import { type Finding, obstacle, warning } from "../finding";
import type { Plan } from "../plan";
import { shortages } from "./quota";

const other = "pulumi config set namespace … for another one";

/** Why an API server refuses, by its words (Kubernetes 1.34): what that is about, and what to do. The first counts. */
const causes: readonly (readonly [words: RegExp, subject: string, remedy: string])[] = [
  [
    /violates PodSecurity/,
    "namespace",
    `kubectl --context <context> label --overwrite namespace <namespace> pod-security.kubernetes.io/enforce=baseline, or ${other}`,
  ],
  [/(maximum|minimum) \S+ usage per|max limit to request ratio per/, "limits", `ask for other limits, or ${other}`],
  [/failed quota: .* must specify/, "quota", `have a LimitRange with defaults made in <namespace>, or ${other}`],
  [/exceeded quota/, "quota", `ask for more, lower minReplicas, or ${other}`],
  [/./, "cluster", "change what it names, or ask whoever runs the cluster"],
];

/** Node ports have a check of their own. */
const takenPort = "port is already allocated";
/** What other checks tell, what another object of the stack brings, and what cannot be tried at all. */
const told = new RegExp(
  `${takenPort}|cannot \\w+ resource|serviceaccount "[^"]*" not found|being terminated|does not support dry run`,
);

/** The API server takes every object of the stack, and every pod and volume that comes of them. */
export function checkRefused(facts: ClusterFacts, plan: Plan): Finding[] {
  const refused = facts.trials.flatMap((trial) => {
    const words = wordsOf(trial);
    return words === undefined || !counts(words, trial, facts, plan) ? [] : [{ words, trial }];
  });
  const findings = causes.flatMap((cause) => {
    const mine = refused.filter(({ words }) => causes.find(([pattern]) => pattern.test(words)) === cause);
    const lines = mine.map(({ words, trial: { planned, what } }) => {
      const part = what === "object" ? "" : `${what === "pod" ? "pods" : "volumes"} of `;
      return `${part}${planned.manifest.kind} ${planned.manifest.metadata.name}: ${words}`;
    });
    if (lines.length === 0) return [];
    const [, subject, remedy] = cause;
    const reason = ["the API server refuses objects of the stack:", ...new Set(lines)].join("\n");
    return obstacle(subject, reason, remedy.replace("<namespace>", plan.namespace).replace("<context>", facts.context));
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
