import type { V1Job } from "@kubernetes/client-node" with { "resolution-mode": "import" };
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { standinImage } from "../../standin/image";
import { credentials } from "../names";
import { restrictedContainer, rootPod, unprivilegedPod } from "../workload";

/** What the check's Job is made of. */
export interface CheckJobArgs {
  /** Which program the image holds, and so which interpreter. */
  readonly gateway: "plano" | "standin";
  /** The gateway's image: it sees the network, and trusts the authorities, that the gateway will. */
  readonly image: string;
  /** Secret with `REDIS_URL`. */
  readonly secretName: string;
  /** Secret with the credentials that the image is pulled with. Default: none. */
  readonly pullSecret?: string;
}

/** Label of the check's pods, and name of the Secret with the URL that it is about. */
export const checkLabel = "redis-check";

const scripts = { plano: ["python3", "-c", "check.py"], standin: ["node", "-e", "check.cjs"] } as const;

/** The Job that asks an external Redis from within the cluster. The URL comes from the Secret, never as an argument. */
export function checkJob({ gateway, image, secretName, pullSecret }: CheckJobArgs): V1Job {
  const [interpreter, flag, file] = scripts[gateway];
  const labels = { app: checkLabel, "app.kubernetes.io/part-of": "plano-affinity" };
  const { redisUrl: key } = credentials;
  return {
    apiVersion: "batch/v1",
    kind: "Job",
    metadata: { generateName: `${checkLabel}-`, labels },
    spec: {
      backoffLimit: 0,
      // In case the check is interrupted before it removes the Job.
      ttlSecondsAfterFinished: 300,
      template: {
        metadata: { labels },
        spec: {
          automountServiceAccountToken: false,
          restartPolicy: "Never",
          ...(pullSecret === undefined ? {} : { imagePullSecrets: [{ name: pullSecret }] }),
          securityContext: gateway === "standin" ? unprivilegedPod(standinImage.uid) : rootPod,
          containers: [
            {
              name: "check",
              image,
              imagePullPolicy: "IfNotPresent",
              command: [interpreter, flag, literally(readFileSync(join(__dirname, file), "utf8"))],
              env: [{ name: key, valueFrom: { secretKeyRef: { name: secretName, key } } }],
              resources: { requests: { cpu: "20m", memory: "32Mi" }, limits: { memory: "256Mi" } },
              securityContext: gateway === "standin" ? restrictedContainer : { allowPrivilegeEscalation: false },
            },
          ],
        },
      },
    },
  };
}

/** A container's argument that arrives as it is: Kubernetes reads `$(NAME)` as a variable, and `$$` as a dollar sign. */
function literally(text: string): string {
  return text.replaceAll("$", "$$$$");
}
