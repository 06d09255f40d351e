import { FakeSocketServer } from "./fake-socket-server";

/** What a fake Redis says to a command, in Redis' own protocol; undefined: nothing, for ever. */
export type RedisReply = (command: readonly string[]) => string | undefined;

/** A server that reads Redis' protocol and answers as a test wants. */
export function startFakeRedis(reply: RedisReply): Promise<FakeSocketServer> {
  return FakeSocketServer.start((socket) => {
    let unread = "";
    socket.setEncoding("latin1").on("data", (text: string) => {
      unread += text;
      for (;;) {
        const taken = takeCommand(unread);
        if (taken === undefined) return;
        unread = taken.rest;
        const answer = reply(taken.command);
        if (answer !== undefined) socket.write(answer, "latin1");
      }
    });
  });
}

/** The first command of `*<count>\r\n` and as many `$<length>\r\n<bytes>\r\n`; undefined while it is not complete. */
function takeCommand(text: string): { command: readonly string[]; rest: string } | undefined {
  const head = /^\*(\d+)\r\n/.exec(text);
  if (head === null) return undefined;
  const command: string[] = [];
  let at = head[0].length;
  for (let n = Number(head[1]); n > 0; n--) {
    const size = /^\$(\d+)\r\n/.exec(text.slice(at, at + 20));
    if (size === null) return undefined;
    const from = at + size[0].length;
    const to = from + Number(size[1]);
    if (text.length < to + 2) return undefined;
    command.push(text.slice(from, to));
    at = to + 2;
  }
  return { command, rest: text.slice(at) };
}
