import type { IncomingMessage, ServerResponse } from "node:http";
import { HttpError, sendError, sendJson } from "../http";
import { ownCopy } from "../own-copy";
import { answerChat } from "./chat-endpoint";
import { exchange } from "./exchange";
import type { Gateway } from "./gateway";
import { answerRouting } from "./routing-endpoint";

type Handler = (request: IncomingMessage, response: ServerResponse) => void;

/** Answers the gateway's port. */
export function gatewayHandler(gateway: Gateway): Handler {
  return (request, response) => {
    const path = pathOf(request);
    answer(gateway, request, response, path).catch((error: unknown) => {
      const known = error instanceof HttpError;
      if (!response.destroyed) {
        gateway.log.warn("request_failed", { path, status: known ? error.status : 500, reason: String(error) });
      }
      sendError(response, known ? error : new HttpError(500, "the stand-in gateway failed", "server_error"));
    });
  };
}

async function answer(gateway: Gateway, request: IncomingMessage, response: ServerResponse, path: string): Promise<void> {
  switch (`${request.method} ${path}`) {
    case "POST /v1/chat/completions":
      return answerChat(gateway, exchange(gateway, request, response, path));
    case "POST /routing/v1/chat/completions":
      return answerRouting(gateway, exchange(gateway, request, response, path));
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
      (error: unknown) => sendError(response, new HttpError(500, String(error), "server_error")),
    );
  };
}

const pathOf = ({ url }: IncomingMessage): string => ownCopy((url ?? "/").split("?", 1)[0] ?? "/");
