import * as pulumi from "@pulumi/pulumi";
import { operate } from "../../lib/dynamic/operate";
import { makeObjects, manifest } from "../manifest";
import { credentials } from "../names";
import { fingerprint } from "../outputs";
import type { PlanoStackArgs } from "../plano-stack-args";
import type { Place } from "../pod";
import { checkLabel } from "./check-job";
import type { RedisCheckInputs } from "./check-provider";
import { cautions } from "./findings";

const program = "components/external-redis/check-provider.ts";

/** Not a Job of the stack: a failed one would fail every later update, and one that removed itself would be missing. */
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
class RedisCheck extends pulumi.dynamic.Resource {
  /** `maxmemory-policy` of the Redis; null where it does not tell. */
  declare readonly policy: pulumi.Output<string | null>;
  /** After how many seconds it closes idle connections; null where it does not, or does not tell. */
  declare readonly idleSeconds: pulumi.Output<number | null>;
}

/** Arguments of {@link ExternalRedis}. The check runs in the gateway's image. */
export interface ExternalRedisArgs extends Place, Required<Pick<PlanoStackArgs, "kubeconfig" | "gateway" | "image">>, Candidate {}

interface Candidate extends Pick<PlanoStackArgs, "caBundle"> {
  /** `redis://` or `rediss://`. */
  readonly url: pulumi.Input<string>;
}

/** The Secret with the URL that is to be checked. */
export function candidateObjects({ namespace, annotations, url, caBundle }: Place & Candidate) {
  const metadata = { name: checkLabel, namespace, annotations };
  return {
    candidate: manifest("Secret", metadata, {
      stringData: { [credentials.redisUrl]: url, ...(caBundle !== undefined && { [credentials.caBundle]: caBundle }) },
    }),
  };
}

/**
 * A Redis that the stack does not run. It is asked from within the cluster, and must take a pin, before the gateway starts:
 * Plano exits when it cannot reach Redis, and serves without pins when it may not write.
 *
 * The check has a Secret of its own: what a gateway reads when one of its containers starts is a URL that was found fit.
 */
export class ExternalRedis extends pulumi.ComponentResource {
  /** Known once the Redis was found fit. */
  readonly service: pulumi.Output<string>;
  /** The URL, known once the Redis was found fit; secret. */
  readonly url: pulumi.Output<string>;

  constructor(name: string, args: ExternalRedisArgs, opts?: pulumi.ComponentResourceOptions) {
    super("plano-affinity:index:ExternalRedis", name, {}, opts);
    const { url, caBundle, kubeconfig, annotations, ...known } = args;
    const child = { parent: this, deletedWith: opts?.deletedWith };
    const secret = pulumi.secret(url);
    const host = pulumi.unsecret(secret.apply(hostOf));
    const { candidate } = makeObjects(name, candidateObjects({ ...args, annotations, url: secret }), child);
    const inputs: { readonly [key in keyof RedisCheckInputs]: pulumi.Input<RedisCheckInputs[key]> } = {
      ...known,
      ...(caBundle !== undefined && { hasCaBundle: true }),
      secretName: candidate.metadata.name,
      kubeconfig: pulumi.secret(kubeconfig),
      host,
      checksum: fingerprint(secret, ...(caBundle === undefined ? [] : [caBundle])),
    };
    const options = { ...child, additionalSecretOutputs: ["kubeconfig"] };
    const found = { policy: undefined, idleSeconds: undefined };
    const check = new RedisCheck(provider, `${name}-check`, { ...inputs, ...found }, options);
    pulumi.all([check.policy, check.idleSeconds]).apply(([policy, idleSeconds]) => {
      for (const it of cautions({ policy, idleSeconds })) void pulumi.log.warn(`redisUrl: ${it}`, this);
    });
    this.service = pulumi.all([host, check.policy]).apply(([it]) => it);
    // A preview checks nothing: waiting for the check would show the Secret as changed.
    this.url = pulumi.runtime.isDryRun() ? secret : pulumi.all([secret, check.policy]).apply(([it]) => it);
    this.registerOutputs({ service: this.service });
  }
}

/** `host:port` of a URL, without what is secret in it. */
function hostOf(url: string): string {
  const { hostname, port } = new URL(url);
  return `${hostname}:${port === "" ? "6379" : port}`;
}
