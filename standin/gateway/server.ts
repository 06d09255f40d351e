import type { IncomingMessage } from "node:http";
import { type Handler, ownCopy, sendError, sendJson } from "../http";
import { HttpError } from "../http-error";
import { answerChat, answerRouting, type Exchange } from "./endpoints";
import type { Gateway } from "./gateway";

/** Answers the gateway's port. */
export function gatewayHandler(gateway: Gateway): Handler {
  return (request, response) => {
    const path = pathOf(request);
    answer(gateway, { request, response, path }).catch((error: unknown) => {
      const status = error instanceof HttpError ? error.status : 500;
      if (!response.destroyed) gateway.log.warn("request_failed", { path, status, reason: String(error) });
      sendError(response, error);
    });
  };
}

async function answer(gateway: Gateway, exchange: Exchange): Promise<void> {
  const { request, response, path } = exchange;
  switch (`${request.method} ${path}`) {
    case "POST /v1/chat/completions":
      return answerChat(gateway, exchange);
    case "POST /routing/v1/chat/completions":
      return answerRouting(gateway, exchange);
    case "GET /v1/models":
      return sendJson(response, 200, { object: "list", data: [...gateway.config.models.keys()].map(modelEntry) });
    case "GET /healthz":
      // 200 even without Redis, as with Plano 0.4.27, where Envoy answers and knows nothing of it.
      return sendJson(response, 200, {
        status: "ok",
        standin: true,
        service: "plano-affinity stand-in gateway, not Plano",
        pod: gateway.settings.podName,
        imitates: `Plano ${gateway.release.version}`,
        fault: gateway.settings.fault.name,
      });
    default:
      throw new HttpError(404, `the stand-in gateway does not serve ${request.method} ${path}`);
  }
}

const modelEntry = (id: string): object => ({ id, object: "model", created: 0, owned_by: id.split("/")[0] });

/** Answers the metrics port. */
export function metricsHandler({ metrics }: Gateway): Handler {
  return (request, response) => {
    if (pathOf(request) !== "/metrics") return sendError(response, new HttpError(404, "only /metrics is served here"));
    metrics.page().then(
      ({ contentType, text }) => response.writeHead(200, { "content-type": contentType }).end(text),
      (error: unknown) => sendError(response, error),
    );
  };
}

const pathOf = ({ url }: IncomingMessage): string => ownCopy((url ?? "/").split("?", 1)[0] ?? "/");
