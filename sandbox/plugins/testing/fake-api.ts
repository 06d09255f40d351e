import { FakeApiServer } from "../../../lib/kubernetes/testing/fake-api-server";
import { ClusterClient } from "../kubernetes/client";
import { parseSettings } from "../kubernetes/settings";

/** An API server, and a client for it. */
class FakeApi extends FakeApiServer {
  client!: ClusterClient;
  readonly warnings: string[] = [];
}

/** @param warning header of every answer */
export async function startFakeApi(warning?: string): Promise<FakeApi> {
  const api = new FakeApi();
  api.respond = ({ query, response }) => {
    if (warning !== undefined) response.setHeader("Warning", warning);
    if (query.get("watch") !== "true") return undefined;
    response.writeHead(200).flushHeaders();
    return "taken";
  };
  await api.listen();
  const settings = parseSettings({ kubeconfig: api.kubeconfig() }, {});
  api.client = await ClusterClient.connect(settings, (text) => void api.warnings.push(text));
  return api;
}
