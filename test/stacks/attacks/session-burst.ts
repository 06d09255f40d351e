import { connect, type Socket } from "node:net";
import { CHAT, request } from "./bad-requests";
import { inTime, type Outcome, type Outcomes, tally, type Target } from "./raw-connection";

/** How long many new sessions may take, in milliseconds: a busy machine of two cores serves 300 a second. */
const BURST_LIMIT_MS = 100_000;

/** What came of many new sessions. */
export interface Burst {
  readonly outcomes: Outcomes;
  readonly seconds: number;
}

/**
 * Begins `count` sessions as quickly as `connections` connections allow, `<prefix>0` and so on.
 * Each connection sends its next request when the last is answered, so at most that many are under way.
 */
export async function newSessions(target: Target, prefix: string, count: number, connections: number): Promise<Burst> {
  const began = performance.now();
  const outcomes: Outcome[] = [];
  let next = 0;
  const worker = async (): Promise<void> => {
    let socket: Socket | undefined;
    while (next < count) {
      const id = `${prefix}${next++}`;
      if (socket === undefined || socket.destroyed) socket = connect(target).on("error", () => undefined);
      outcomes.push(await exchange(socket, request(CHAT, [`x-model-affinity: ${id}`])));
    }
    socket?.destroy();
  };
  await inTime(Promise.all(Array.from({ length: connections }, worker)), `${count} new sessions`, BURST_LIMIT_MS);
  return { outcomes: tally(outcomes), seconds: (performance.now() - began) / 1_000 };
}

/** One request on a connection that is kept; its answer has a length, or ends the connection. */
async function exchange(socket: Socket, bytes: string): Promise<Outcome> {
  let answer = "";
  return new Promise((resolve) => {
    const done = (outcome: Outcome): void => {
      socket.off("data", onData).off("close", onClose);
      resolve(outcome);
    };
    const onClose = (): void => done("closed");
    const onData = (chunk: Buffer): void => {
      answer += chunk.toString("latin1");
      const [, status, length] = /^HTTP\/1\.1 (\d{3})[^]*?\r\ncontent-length: (\d+)\r\n/i.exec(answer) ?? [];
      const at = answer.indexOf("\r\n\r\n");
      if (status !== undefined && at >= 0 && answer.length >= at + 4 + Number(length)) done(Number(status));
    };
    socket.on("data", onData).once("close", onClose);
    socket.write(Buffer.from(bytes, "latin1"));
  });
}
