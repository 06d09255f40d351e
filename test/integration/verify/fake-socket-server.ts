import { createServer, type Socket } from "node:net";
import { createServer as createTlsServer } from "node:tls";
import { selfSigned } from "../../../lib/testing/certificates";
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
