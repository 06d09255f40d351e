import type { ResourceRequest } from "../kubernetes/request";

/** A request about a resource `web` of which the engine says this, and nothing else. */
export function request(type: string, said: Partial<ResourceRequest> = {}): ResourceRequest {
  const values = { inputs: {}, oldInputs: {}, oldOutputs: {}, preview: false, timeoutSeconds: 0 };
  return { urn: "urn", type, name: "web", ...values, ...said };
}
