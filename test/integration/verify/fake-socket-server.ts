// x509 builds on decorators, and expects this to be loaded first.
import "reflect-metadata";
import { PemConverter, SubjectAlternativeNameExtension, X509CertificateGenerator } from "@peculiar/x509";
import { webcrypto } from "node:crypto";
import { once } from "node:events";
import { createServer, type AddressInfo, type Server, type Socket } from "node:net";
import { createServer as createTlsServer } from "node:tls";

/** A server in this process that does with each connection what a test wants. */
export class FakeSocketServer implements AsyncDisposable {
  readonly #sockets = new Set<Socket>();

  private constructor(private readonly server: Server) {
    // A TLS server's "connection" is the raw one as well, so that also half a handshake is ended.
    server.on("connection", (socket: Socket) => {
      this.#sockets.add(socket);
      socket.on("error", () => undefined).once("close", () => this.#sockets.delete(socket));
    });
  }

  /** @param scheme `https`: with a certificate that nobody vouches for */
  static async start(serve: (socket: Socket) => void, scheme: "http" | "https" = "http"): Promise<FakeSocketServer> {
    if (scheme === "http") return new FakeSocketServer(createServer(serve)).#listen();
    const server = createTlsServer(await selfSigned(), (socket) => serve(socket.on("error", () => undefined)));
    return new FakeSocketServer(server.on("tlsClientError", () => undefined)).#listen();
  }

  /** `127.0.0.1:<port>`. */
  get address(): string {
    return `127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  async #listen(): Promise<this> {
    this.server.listen(0, "127.0.0.1");
    await once(this.server, "listening");
    return this;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const closed = once(this.server, "close");
    this.server.close();
    for (const socket of this.#sockets) socket.destroy();
    await closed;
  }
}

/** What a fake Redis says to a command, in Redis' own protocol; undefined: nothing, for ever. */
export type RedisReply = (command: string) => string | undefined;

/** A server that answers Redis' protocol as a test wants: `*<count>\r\n`, and as many `$<length>\r\n<bytes>\r\n`. */
export function startFakeRedis(reply: RedisReply): Promise<FakeSocketServer> {
  return FakeSocketServer.start((socket) => {
    // Commands are so short that they come whole.
    socket.setEncoding("latin1").on("data", (text: string) => {
      for (const [, command = ""] of text.matchAll(/\*\d+\r\n\$\d+\r\n(\w+)\r\n/g)) {
        const answer = reply(command);
        if (answer !== undefined) socket.write(answer, "latin1");
      }
    });
  });
}

/** A key and a certificate for 127.0.0.1 as PEM. */
export async function selfSigned(): Promise<{ readonly key: string; readonly cert: string }> {
  const algorithm = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" };
  const keys = await webcrypto.subtle.generateKey(algorithm, true, ["sign", "verify"]);
  const certificate = await X509CertificateGenerator.createSelfSigned({
    serialNumber: "01",
    name: "CN=127.0.0.1",
    notBefore: new Date(Date.now() - 60_000),
    notAfter: new Date(Date.now() + 3_600_000),
    signingAlgorithm: algorithm,
    keys,
    extensions: [new SubjectAlternativeNameExtension([{ type: "ip", value: "127.0.0.1" }])],
  });
  const key = PemConverter.encode(await webcrypto.subtle.exportKey("pkcs8", keys.privateKey), "PRIVATE KEY");
  return { key, cert: certificate.toString("pem") };
}
