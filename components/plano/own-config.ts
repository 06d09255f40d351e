import * as pulumi from "@pulumi/pulumi";
import type { ClusterDefaults, Settings } from "../../settings";
import { keysInClear } from "../../settings/plano/config-rules";
import { pathText } from "../../settings/plano/config-schema";
import { planoPeers, renderPlanoConfig, replacedIn } from "./plano-config";
import { refusalOf } from "./validator";

/**
 * Says what the stack changes in a configuration of the user's and warns of secrets in it, and has it judged by Plano's own
 * validator where that is at hand.
 *
 * @throws pulumi.RunError with the validator's words
 */
export async function checkOwnConfig(
  settings: Settings,
  { routing }: ClusterDefaults,
  tell: (text: string) => void,
): Promise<void> {
  const { gatewayConfig, planoVersion, namespace, redisUrl, otlpEndpoint } = settings;
  if (gatewayConfig === undefined) return;
  const { file, document, placeOf } = gatewayConfig;
  for (const path of keysInClear(document))
    void pulumi.log.warn(
      `gatewayConfig: ${file}:${placeOf(path)}: ${pathText(path)} is in clear, for all who may read ConfigMaps; ` +
        "write $NAME there, and pulumi config set --secret --path secrets.NAME",
    );
  for (const it of replacedIn(document, planoVersion)) tell(`gatewayConfig: ${it}`);
  const peers = planoPeers(namespace, redisUrl !== undefined, otlpEndpoint);
  const refusal = await refusalOf(planoVersion, renderPlanoConfig({ ...settings, routing, peers, config: document }));
  if (refusal !== undefined)
    throw new pulumi.RunError(`gatewayConfig: Plano ${planoVersion} refuses ${file}: ${refusal}\n  → correct ${file}`);
}
