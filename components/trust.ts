import type * as pulumi from "@pulumi/pulumi";
import { standinImage } from "../standin/image";
import { credentials } from "./names";
import type { PlanoStackArgs } from "./plano-stack-args";
import { container, fromSecret, restrictedContainer } from "./pod";

const folder = "/etc/plano-affinity";

/** In containers of the gateway's image: the authorities that they trust. */
export const trustFile = `${folder}/ca.pem`;

/**
 * Adds authorities of one's own to those that the image trusts. Envoy takes one file instead of the image's, and so gets
 * both in one; Node.js takes a file in addition to its own. `config` tells Envoy: `upstream_tls_ca_path`.
 */
const commands = {
  plano: ["sh", "-c", `cat /etc/ssl/certs/ca-certificates.crt >${trustFile} && printenv ${credentials.caBundle} >>${trustFile}`],
  standin: ["node", "-e", `fs.writeFileSync("${trustFile}", process.env.${credentials.caBundle})`],
} as const;

const nothing = { init: [], volumes: [], mounts: [], env: [] };

/** What pods of the gateway's image need to trust the `caBundle` in a Secret, if there is one. */
export function trustIn(
  secretName: pulumi.Input<string>,
  { gateway, image, hasCaBundle }: Required<Pick<PlanoStackArgs, "gateway" | "image">> & { readonly hasCaBundle: boolean },
) {
  if (!hasCaBundle) return nothing;
  const mount = { name: "trust", mountPath: folder };
  const init = container("trust", image, ["5m", "32Mi", "64Mi"], {
    command: [...commands[gateway]],
    env: [fromSecret(secretName, credentials.caBundle)],
    securityContext: { ...restrictedContainer, runAsNonRoot: true, runAsUser: standinImage.uid },
    volumeMounts: [mount],
  });
  return {
    init: [init],
    volumes: [{ name: mount.name, emptyDir: {} }],
    mounts: [{ ...mount, readOnly: true }],
    env: gateway === "standin" ? [{ name: "NODE_EXTRA_CA_CERTS", value: trustFile }] : [],
  };
}
