import * as pulumi from "@pulumi/pulumi";
import { operate } from "../../lib/dynamic/operate";
import type { RedisCheckInputs } from "./check-provider";

const program = "components/external-redis/check-provider.ts";

/**
 * Not a Job of the stack: a failed one would fail every later update, even after the Redis was fixed,
 * and one that removed itself would be missing.
 */
export const provider: pulumi.dynamic.ResourceProvider = {
  async create(inputs: RedisCheckInputs) {
    return { id: inputs.host, outs: { ...inputs, ...(await operate(program, "check", inputs)) } };
  },
  async diff(_id: string, olds: RedisCheckInputs, news: RedisCheckInputs) {
    // Another image may have another interpreter, and trust other authorities.
    return { changes: olds.checksum !== news.checksum || olds.namespace !== news.namespace || olds.image !== news.image };
  },
  async update(_id: string, _olds: RedisCheckInputs, news: RedisCheckInputs) {
    return { outs: { ...news, ...(await operate(program, "check", news)) } };
  },
  async delete() {
    // Nothing is left of a check.
  },
};

/** A look at an external Redis from within the cluster, whenever its URL or the gateway's image is new. */
export class RedisCheck extends pulumi.dynamic.Resource {
  /** `maxmemory-policy` of the Redis; null where it does not tell. */
  declare readonly policy: pulumi.Output<string | null>;

  constructor(
    name: string,
    inputs: { readonly [key in keyof RedisCheckInputs]: pulumi.Input<RedisCheckInputs[key]> },
    options?: pulumi.CustomResourceOptions,
  ) {
    super(provider, name, { ...inputs, policy: undefined }, { ...options, additionalSecretOutputs: ["kubeconfig"] });
  }
}
