import { runTask } from "./main";
import { renderedStack } from "./rendered";

/** `npm run config`: the gateway's `plano_config.yaml`, as the stack completes it. No secret is in it. */
runTask(async () => {
  const found = (await renderedStack()).find(({ kind, metadata }) => kind === "ConfigMap" && metadata.name === "plano-config");
  process.stdout.write(found?.data?.["plano_config.yaml"] ?? "");
  return 0;
});
