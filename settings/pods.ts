import { imageFields } from "./images";
import { type Field, type ObjectParser, objectOf } from "./object-setting";
import { jsonOf, kubernetesObjectName, matching, type Parsed, text, type Texts, textsOf } from "./parsers";

/** What a user wants of the pods of one part. What the part needs for its work is not among it. */
export interface PodWishes {
  /** Of the part's main container, in place of single values of its own. */
  readonly resources?: { readonly requests?: Texts; readonly limits?: Texts };
  readonly nodeSelector?: Texts;
  readonly tolerations?: readonly object[];
  readonly affinity?: object;
  readonly priorityClassName?: string;
  readonly annotations?: Texts;
  /** In addition to the stack's own. */
  readonly labels?: Texts;
}

/** Wishes by part. */
export type Pods = { readonly [part in keyof typeof imageFields | "gateway"]?: PodWishes };

const quantity = matching(/^\d+(\.\d+)?(m|Ki|Mi|Gi|Ti|k|M|G|T)?$/, "an amount as Kubernetes writes it, such as 500m or 1Gi");
const label = matching(/^([A-Za-z0-9]([\w.-]{0,61}[A-Za-z0-9])?)?$/, "the value of a label");
const isOurs = (key: string): boolean => key === "app" || /^(app\.kubernetes\.io|plano-affinity)\//.test(key);

const tolerationFields = ["key", "operator", "value", "effect", "tolerationSeconds"];
const affinityFields = ["nodeAffinity", "podAffinity", "podAntiAffinity"];

/** Whether all fields of an object are known. The API server checks what is in them. */
function hasOnly(value: unknown, fields: readonly string[]): value is object {
  return typeof value === "object" && value !== null && Object.keys(value).every((it) => fields.includes(it));
}

function tolerations(json: string): Parsed<readonly object[]> {
  const value = jsonOf(json);
  return Array.isArray(value) && value.every((it) => hasOnly(it, tolerationFields))
    ? { value }
    : { reason: `${json} is not a list of objects with the fields ${tolerationFields.join(", ")}` };
}

function affinity(json: string): Parsed<object> {
  const value = jsonOf(json);
  return hasOnly(value, affinityFields)
    ? { value }
    : { reason: `${json} is not an object with the fields ${affinityFields.join(", ")}` };
}

function wishesFor(part: string): ObjectParser<PodWishes> {
  const key = `pods.${part}`;
  const amounts: Field = { parse: textsOf(quantity) };
  return objectOf<PodWishes>({
    key,
    fields: {
      resources: { parse: objectOf({ key: `${key}.resources`, fields: { requests: amounts, limits: amounts }, defaults: {} }) },
      nodeSelector: { parse: textsOf(label) },
      tolerations: { parse: tolerations },
      affinity: { parse: affinity },
      priorityClassName: { parse: kubernetesObjectName },
      annotations: { parse: textsOf(text, isOurs) },
      labels: { parse: textsOf(label, isOurs) },
    },
    defaults: {},
  });
}

export const pods = objectOf<Pods>({
  key: "pods",
  fields: Object.fromEntries(
    ["gateway", ...Object.keys(imageFields)].map((part) => [part, { parse: wishesFor(part) }]),
  ) as Record<keyof Pods, Field>,
  defaults: {},
});
