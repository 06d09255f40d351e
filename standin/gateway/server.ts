import { type Handler, sendJson, serve } from "../http";
import { answerChat, answerRouting } from "./endpoints";
import type { Gateway } from "./gateway";

/** Answers the gateway's port. */
export function gatewayHandler(gateway: Gateway): Handler {
  const { config, settings, release, log } = gateway;
  const models = [...config.models.keys()].map((id) => ({ id, object: "model", created: 0, owned_by: id.split("/")[0] }));
  return serve(
    "the stand-in gateway",
    {
      "POST /v1/chat/completions": answerChat(gateway),
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
          fault: settings.fault.name,
        }),
    },
    (path, status, error) => log.warn("request_failed", { path, status, reason: String(error) }),
  );
}

/** Answers the metrics port. */
export function metricsHandler({ metrics }: Gateway): Handler {
  return serve("the stand-in gateway's metrics port", {
    "GET /metrics": async (_, response) => {
      const { contentType, text } = await metrics.page();
      response.writeHead(200, { "content-type": contentType }).end(text);
    },
  });
}
