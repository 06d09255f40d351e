import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { stringify } from "yaml";
import { canI, type Right } from "../../../clusters/preflight/rights";

interface Review {
  readonly spec: { readonly resourceAttributes: Right };
}

/** An API server as far as preflight asks one: objects by path, and rights. Whatever it does not know is absent. */
export class FakeApiServer implements AsyncDisposable {
  /** Path without query → the object, a status to answer with, or `hang`. */
  readonly answers = new Map<string, object | number | "hang">([["/version", { major: "1", minor: "34" }]]);
  /** `kubectl auth can-i` lines that it says no to; undefined: it is an administrator who asks. */
  denied: readonly string[] | undefined;
  /** What was asked: `GET /version`. */
  readonly asked: string[] = [];

  private constructor(
    private readonly server: Server,
    readonly url: string,
  ) {}

  static async start(): Promise<FakeApiServer> {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const fake = new FakeApiServer(server, `http://127.0.0.1:${(server.address() as AddressInfo).port}`);
    server.on("request", (request, response) => {
      const path = (request.url ?? "").split("?")[0] ?? "";
      fake.asked.push(`${request.method} ${request.url}`);
      void text(request).then((body) => {
        const answer =
          path.endsWith("/selfsubjectaccessreviews") && !fake.answers.has(path)
            ? fake.#review(JSON.parse(body) as Review)
            : fake.answers.get(path);
        if (answer === "hang") return;
        const status = typeof answer === "number" ? answer : answer === undefined ? 404 : 200;
        response.writeHead(status, { "content-type": "application/json" });
        response.end(JSON.stringify(typeof answer === "object" ? answer : { kind: "Status", message: `status ${status}` }));
      });
    });
    return fake;
  }

  #review({ spec: { resourceAttributes } }: Review): object {
    const isAdministrator = resourceAttributes.verb === "*" && this.denied === undefined;
    return {
      status: {
        allowed: isAdministrator || !(this.denied ?? []).concat("kubectl auth can-i * *.*").includes(canI(resourceAttributes)),
      },
    };
  }

  /** A kubeconfig for it, with the context `fake`. */
  kubeconfig(user: object = { token: "fake-token" }): string {
    return stringify({
      apiVersion: "v1",
      kind: "Config",
      "current-context": "fake",
      contexts: [{ name: "fake", context: { cluster: "fake", user: "me" } }],
      clusters: [{ name: "fake", cluster: { server: this.url, "insecure-skip-tls-verify": true } }],
      users: [{ name: "me", user }],
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }
}
