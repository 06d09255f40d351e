import * as pulumi from "@pulumi/pulumi";
import { fingerprint } from "../checksum";
import { makeObjects, manifest } from "../manifest";
import { credentials } from "../names";
import type { Place } from "../workload";
import { checkLabel } from "./check-job";
import { RedisCheck } from "./redis-check";

/** Arguments of {@link ExternalRedis}. */
export interface ExternalRedisArgs extends Place {
  /** `redis://` or `rediss://`. */
  readonly url: pulumi.Input<string>;
  /** Content of a kubeconfig. */
  readonly kubeconfig: pulumi.Input<string>;
  /** Which program the image holds. */
  readonly gateway: "plano" | "standin";
  /** The gateway's image, which the check runs in. */
  readonly image: pulumi.Input<string>;
}

/** The Secret with the URL that is to be checked. */
export function candidateObjects({ namespace, annotations, url }: Place & { readonly url: pulumi.Input<string> }) {
  const metadata = { name: checkLabel, namespace, ...(annotations && { annotations }) };
  return { candidate: manifest("Secret", metadata, { stringData: { [credentials.redisUrl]: url } }) };
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
    const { url, kubeconfig, annotations, ...inputs } = args;
    const child = { parent: this, deletedWith: opts?.deletedWith };
    const secret = pulumi.secret(url);
    const host = pulumi.unsecret(secret.apply(hostOf));
    const { candidate } = makeObjects(name, candidateObjects({ ...args, annotations, url: secret }), child);
    const check = new RedisCheck(
      `${name}-check`,
      {
        ...inputs,
        secretName: candidate.metadata.name,
        kubeconfig: pulumi.secret(kubeconfig),
        host,
        checksum: fingerprint(secret),
      },
      child,
    );
    check.policy.apply((policy) => {
      if (policy === "noeviction")
        void pulumi.log.warn(
          "redisUrl: the Redis keeps to noeviction: once it is full no session is pinned any more.\n  → set its maxmemory-policy to allkeys-lru or volatile-ttl",
          this,
        );
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
