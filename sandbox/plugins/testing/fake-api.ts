import { FakeApiServer } from "../../../lib/kubernetes/testing/fake-api-server";
import { type ClusterClient, connect } from "../kubernetes/client";
import { parseSettings } from "../kubernetes/settings";

/** An API server, and a client for it. */
export class FakeApi extends FakeApiServer {
  client!: ClusterClient;
  readonly warnings: string[] = [];
}

/** @param warning header of every answer */
export async function startFakeApi(warning?: string): Promise<FakeApi> {
  const api = new FakeApi();
  api.respond = ({ response }) => void (warning !== undefined && response.setHeader("Warning", warning));
  await api.listen();
  const settings = parseSettings({ kubeconfig: api.kubeconfig() }, {});
  api.client = await connect(settings, (text) => void api.warnings.push(text));
  return api;
}
