import { readFileSync } from "node:fs";
import { join } from "node:path";
import { standinImage } from "../../standin/image";
import type { Pods } from "../../settings/pods";
import { credentials } from "../names";
import { container, fromSecret, podOf, rootPod, withWishes } from "../pod";
import { trustIn } from "../trust";

/** What the check's Job is made of. */
export interface CheckJobArgs {
  /** Which program the image holds, and so which interpreter. */
  readonly gateway: "plano" | "standin";
  /** The gateway's image: it sees the network, and trusts the authorities, that the gateway will. */
  readonly image: string;
  /** Secret with `REDIS_URL`, and with `CA_BUNDLE` where {@link hasCaBundle}. */
  readonly secretName: string;
  /** Whether authorities of the user's own are trusted. Default false. */
  readonly hasCaBundle?: boolean;
  /** Secret with the credentials that the image is pulled with. Default: none. */
  readonly pullSecret?: string;
  /** Where the gateway's pods belong, this one does too. */
  readonly pods?: Pods;
}

/** Label of the check's pods, and name of the Secret with the URL that it is about. */
export const checkLabel = "redis-check";

const scripts = { plano: ["python3", "-c", "check.py"], standin: ["node", "-e", "check.cjs"] } as const;

/** The Job that asks an external Redis from within the cluster. The URL comes from the Secret, never as an argument. */
export function checkJob({ gateway, image, secretName, hasCaBundle = false, pullSecret, pods }: CheckJobArgs) {
  const [interpreter, flag, file] = scripts[gateway];
  const labels = { app: checkLabel, "app.kubernetes.io/part-of": "plano-affinity" };
  const isPlano = gateway === "plano";
  const trust = trustIn(secretName, { gateway, image, hasCaBundle });
  const spec = podOf({ pullSecret }, standinImage.uid, 30, {
    restartPolicy: "Never",
    ...(isPlano && { securityContext: rootPod }),
    ...(hasCaBundle && { initContainers: trust.init, volumes: trust.volumes }),
    containers: [
      container("check", image, ["20m", "32Mi", "256Mi"], {
        command: [interpreter, flag, literally(readFileSync(join(__dirname, file), "utf8"))],
        env: [fromSecret(secretName, credentials.redisUrl), ...trust.env],
        volumeMounts: hasCaBundle ? trust.mounts : undefined,
        ...(isPlano && { securityContext: { allowPrivilegeEscalation: false } }),
      }),
    ],
  });
  return {
    apiVersion: "batch/v1",
    kind: "Job",
    metadata: { generateName: `${checkLabel}-`, labels },
    // In case the check is interrupted before it removes the Job.
    spec: {
      backoffLimit: 0,
      ttlSecondsAfterFinished: 300,
      template: { metadata: { labels }, spec: withWishes(spec, { ...pods?.gateway, resources: undefined }) },
    },
  };
}

/** A container's argument that arrives as it is: Kubernetes reads `$(NAME)` as a variable, and `$$` as a dollar sign. */
function literally(text: string): string {
  return text.replaceAll("$", "$$$$");
}
