import { readFile } from "node:fs/promises";
import type { Server } from "node:http";
import { type Listening, listen } from "../http";
import { jsonLog } from "../log";
import { onStopSignal } from "../shutdown";
import { runMain, StartupError } from "../startup-error";
import { parseConfig } from "./config";
import { createGateway, type Gateway } from "./gateway";
import { gatewayHandler, metricsHandler } from "./server";
import { readSettings } from "./settings";

/** Starts the stand-in gateway; its settings are those of {@link readSettings}. */
async function main(): Promise<void> {
  const settings = readSettings(process.env);
  const config = parseConfig(await readConfigFile(settings.configFile), process.env);
  const log = jsonLog("standin-gateway");
  log.info("starting", {
    note: "this is the plano-affinity stand-in gateway, not Plano",
    pod: settings.podName,
    fault: settings.fault.name,
    redisReconnect: settings.redisReconnect,
  });
  if (config.unsetVariables.length > 0) log.warn("variables_not_set", { names: config.unsetVariables.join(", ") });

  const gateway = await createGateway(config, settings, log);
  const metrics = await listen(settings.metricsPort, metricsHandler(gateway));
  const api = await listen(settings.port ?? config.port, gatewayHandler(gateway));
  onStopSignal((signal) => stop(gateway, [api, metrics], signal));
  log.info("listening", { port: api.port, metricsPort: metrics.port });
}

async function readConfigFile(path: string): Promise<string> {
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new StartupError(`cannot read the config ${path}: ${code}; set PLANO_CONFIG_FILE`);
  }
}

/** Stops serving: at once as Plano 0.4.27 does, or with `STANDIN_DRAIN` after the running requests. Spans are kept. */
async function stop(gateway: Gateway, listening: readonly Listening[], signal: NodeJS.Signals): Promise<void> {
  const { drain } = gateway.settings;
  gateway.log.info("stopping", { signal, drain });
  await Promise.all(listening.map(({ server }) => close(server, drain)));
  await gateway.traces[Symbol.asyncDispose]();
  gateway.log.info("stopped", { signal });
}

function close(server: Server, drain: boolean): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  if (drain) server.closeIdleConnections();
  else server.closeAllConnections();
  return closed;
}

runMain("standin-gateway", main);
