import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { register } from "prom-client";
import { type Handler, listen, sendJson, serve } from "../http";
import { jsonLog } from "../log";
import { onStopSignal, runMain, StartupError } from "../program";
import { parseConfig } from "./config";
import { answerModel, answerRouting } from "./endpoints";
import { createGateway, type Gateway, readSettings } from "./gateway";

const metricsHandler = serve("the stand-in gateway's metrics port", {
  "GET /metrics": async (_, response) => {
    const page = await register.metrics();
    response.writeHead(200, { "content-type": register.contentType }).end(page);
  },
});

runMain("standin-gateway", async () => {
  const settings = readSettings(process.env);
  const { podName: pod, fault } = settings;
  const config = parseConfig(await readConfigFile(settings.configFile), process.env);
  const log = jsonLog("standin-gateway");
  const note = "this is the plano-affinity stand-in gateway, not Plano";
  log.info("starting", { note, pod, fault });
  if (config.unsetVariables.length > 0) log.warn("variables_not_set", { names: config.unsetVariables.join(", ") });
  if (config.notPlayed.length > 0) log.warn("not_played", { names: config.notPlayed.join(", ") });

  const gateway = await createGateway(config, settings, log);
  const { port: metricsPort } = await listen(settings.metricsPort, metricsHandler);
  const api = await listen(settings.port ?? config.port, gatewayHandler(gateway));
  // At once, as Plano 0.4.27 ends; the spans are kept.
  onStopSignal(async (signal) => {
    log.info("stopping", { signal });
    api.server.close();
    api.server.closeAllConnections();
    await once(api.server, "close");
    await gateway.traces[Symbol.asyncDispose]();
    log.info("stopped", { signal });
  });
  log.info("listening", { port: api.port, metricsPort });
});

async function readConfigFile(path: string): Promise<string> {
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new StartupError(`cannot read the config ${path}: ${code}; set PLANO_CONFIG_FILE`);
  }
}

function gatewayHandler(gateway: Gateway): Handler {
  const { config, settings, release, log } = gateway;
  const models = [...config.models.keys()].map((id) => ({ id, object: "model", created: 0, owned_by: id.split("/")[0] }));
  return serve(
    "the stand-in gateway",
    {
      "POST /v1/chat/completions": answerModel(gateway, "chat/completions"),
      "POST /v1/messages": answerModel(gateway, "messages"),
      "POST /v1/responses": answerModel(gateway, "responses"),
      "POST /routing/v1/chat/completions": answerRouting(gateway),
      "GET /v1/models": (_, response) => sendJson(response, 200, { object: "list", data: models }),
      // 200 even without Redis, as with Plano 0.4.27, where Envoy answers and knows nothing of it.
      "GET /healthz": (_, response) =>
        sendJson(response, 200, {
          status: "ok",
          standin: true,
          service: "plano-affinity stand-in gateway, not Plano",
          pod: settings.podName,
          imitates: `Plano ${release.version}`,
          fault: settings.fault,
        }),
    },
    (path, status, error) => log.warn("request_failed", { path, status, reason: String(error) }),
  );
}
