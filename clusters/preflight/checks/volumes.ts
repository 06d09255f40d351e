import type { ClusterFacts, LiveClaim, LiveObject } from "../facts";
import { type Finding, obstacle } from "../finding";
import { isOwn } from "../ownership";
import type { Plan, PlannedObject } from "../plan";
import { quantity } from "../../../lib/quantities";

/** The volumes that the stack has are those that the settings name: others would be made in their place, and empty. */
export function checkVolumes({ context, found }: ClusterFacts, plan: Plan): Finding[] {
  return found.flatMap(({ planned, live }) => {
    if ("unseen" in live || live.seen === undefined || !isOwn(live.seen, plan.stackId)) return [];
    const template = live.seen.spec?.volumeClaimTemplates?.[0]?.spec;
    return [
      ...(template === undefined ? [] : checkRedis(template, planned, { ...plan, context })),
      ...(planned.storage === undefined ? [] : checkJaeger(live.seen, planned.storage, plan)),
    ];
  });
}

/** Claims of a StatefulSet cannot be changed: it is made anew, and its volumes go with it. */
function checkRedis(
  claim: LiveClaim,
  { name, pods }: PlannedObject,
  { context, namespace, storageClass }: Plan & { readonly context: string },
): Finding[] {
  const wanted = pods?.storage;
  const now = claim.resources?.requests?.storage;
  const loss = "another would be made, and all pins would go with this one";
  const anew = `to give the pins up: kubectl --context ${context} --namespace ${namespace} delete statefulset ${name}`;
  return [
    ...(now === undefined || wanted === undefined || quantity(now) === quantity(wanted)
      ? []
      : [
          obstacle(
            "redisStorage",
            `Redis' volume has ${now}, not ${wanted}: ${loss}`,
            `pulumi config set redisStorage ${now}; or, ${anew}`,
          ),
        ]),
    ...(claim.storageClassName === storageClass
      ? []
      : [
          obstacle(
            "storageClass",
            `Redis' volume is of ${classText(claim.storageClassName)}, not ${classText(storageClass)}: ${loss}`,
            `${setClass(claim.storageClassName)}; or, ${anew}`,
          ),
        ]),
  ];
}

/** A claim may only grow. Before one of another class could be made, this one would have to go, and Jaeger's pod holds it. */
function checkJaeger(live: LiveObject, wanted: string, { storageClass }: Plan): Finding[] {
  const now = live.spec?.resources?.requests?.storage;
  const named = namedClass(live);
  const anew = "to give the traces up: pulumi config rm jaegerStorage, pulumi up, and set it again";
  return [
    ...(now === undefined || quantity(now) <= quantity(wanted)
      ? []
      : [
          obstacle(
            "jaegerStorage",
            `Jaeger's volume has ${now}, and a volume does not shrink to ${wanted}`,
            `pulumi config set jaegerStorage ${now}; or, ${anew}`,
          ),
        ]),
    ...(named === storageClass
      ? []
      : [
          obstacle(
            "storageClass",
            `Jaeger's volume is of ${classText(named)}, not ${classText(storageClass)}, and a volume keeps its class`,
            `${setClass(named)}; or, ${anew}`,
          ),
        ]),
  ];
}

/** The class that a claim was made with. The API server writes the default one into a claim that names none. */
function namedClass({ metadata, spec }: LiveObject): string | undefined {
  const isNamed = metadata?.managedFields?.some(({ operation, fieldsV1 }) => {
    const fields = fieldsV1 as { readonly "f:spec"?: Readonly<Record<string, unknown>> } | undefined;
    return operation === "Apply" && fields?.["f:spec"]?.["f:storageClassName"] !== undefined;
  });
  return isNamed === true ? spec?.storageClassName : undefined;
}

function classText(name: string | undefined): string {
  return name === undefined ? "the default StorageClass" : `the StorageClass ${name}`;
}

function setClass(name: string | undefined): string {
  return `pulumi config set storageClass ${name ?? "default"}`;
}
