import { isObject, revealMap, secret, UNKNOWN, type PropertyMap } from "../rpc/properties";
import type { KubernetesObject } from "./objects";

export function isSecretObject(object: KubernetesObject): boolean {
  return object["kind"] === "Secret" && object["apiVersion"] === "v1";
}

/**
 * Inputs with a Secret's `stringData` in `data`, encoded and secret; as in the official plugin. Server-side apply does
 * not know that the one becomes the other: what leaves `stringData` would stay in `data` (kubernetes#108008).
 */
export function withEncodedData(inputs: PropertyMap): PropertyMap {
  const { stringData, ...others } = inputs;
  if (stringData === undefined || !isSecretObject(inputs)) return inputs;
  const { texts = null, data = {} } = revealMap({ ...others, texts: stringData });
  if (texts === UNKNOWN || data === UNKNOWN) return { ...others, data: secret(UNKNOWN) };
  if (!isObject(texts) || !isObject(data)) return inputs;
  const encoded = Object.entries(texts).map(([key, text]) => [
    key,
    typeof text === "string" && text !== UNKNOWN ? Buffer.from(text).toString("base64") : text,
  ]);
  return { ...others, data: secret({ ...data, ...(Object.fromEntries(encoded) as PropertyMap) }) };
}
