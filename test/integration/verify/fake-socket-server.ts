// x509 builds on decorators, and expects this to be loaded first.
import "reflect-metadata";
import { PemConverter, SubjectAlternativeNameExtension, X509CertificateGenerator } from "@peculiar/x509";
import { webcrypto } from "node:crypto";
import { createServer, type Socket } from "node:net";
import { createServer as createTlsServer } from "node:tls";
import { listening } from "../../../lib/testing/listening";

/** What a server does with a connection. */
export type Serve = (socket: Socket) => void;

const ignored = (): void => undefined;

/**
 * Starts a server in this process that does with each connection what a test wants.
 *
 * @param scheme `https`: with a certificate that nobody vouches for
 */
export async function startSocketServer(serve: Serve, scheme: "http" | "https" = "http") {
  const tls = async () => createTlsServer(await selfSigned(), (socket) => serve(socket.on("error", ignored)));
  const server = scheme === "http" ? createServer(serve) : (await tls()).on("tlsClientError", ignored);
  return listening(server.on("connection", (socket: Socket) => socket.on("error", ignored)));
}

/** What a fake Redis says to a command, in Redis' own protocol; undefined: nothing, for ever. */
export type RedisReply = (command: string) => string | undefined;

/** A server that answers Redis' protocol as a test wants: `*<count>\r\n`, and as many `$<length>\r\n<bytes>\r\n`. */
export function startFakeRedis(reply: RedisReply) {
  return startSocketServer((socket) => {
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
