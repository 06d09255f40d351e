import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { listen, type Listening } from "../http";
import { jsonLog } from "../log";
import { onStopSignal, runMain, StartupError } from "../program";
import { parseConfig } from "./config";
import { createGateway } from "./gateway";
import { gatewayHandler, metricsHandler } from "./server";
import { readSettings } from "./settings";

runMain("standin-gateway", async () => {
  const settings = readSettings(process.env);
  const { podName: pod, fault, redisReconnect } = settings;
  const config = parseConfig(await readConfigFile(settings.configFile), process.env);
  const log = jsonLog("standin-gateway");
  const note = "this is the plano-affinity stand-in gateway, not Plano";
  log.info("starting", { note, pod, fault: fault.name, redisReconnect });
  if (config.unsetVariables.length > 0) log.warn("variables_not_set", { names: config.unsetVariables.join(", ") });

  const gateway = await createGateway(config, settings, log);
  const metrics = await listen(settings.metricsPort, metricsHandler(gateway));
  const api = await listen(settings.port ?? config.port, gatewayHandler(gateway));
  // At once, as Plano 0.4.27 ends; the spans are kept.
  onStopSignal(async (signal) => {
    log.info("stopping", { signal });
    await Promise.all([api, metrics].map(close));
    await gateway.traces[Symbol.asyncDispose]();
    log.info("stopped", { signal });
  });
  log.info("listening", { port: api.port, metricsPort: metrics.port });
});

async function readConfigFile(path: string): Promise<string> {
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new StartupError(`cannot read the config ${path}: ${code}; set PLANO_CONFIG_FILE`);
  }
}

function close({ server }: Listening): Promise<unknown> {
  const closed = once(server, "close");
  server.close();
  server.closeAllConnections();
  return closed;
}
