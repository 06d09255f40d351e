// Asks the Redis of REDIS_URL, from where the gateway will be, for all that the gateway and the proof need: a connection,
// a password that fits, and the right to write and to look. Writes what it found as JSON to FINDINGS: {"step", "error"} for
// the first step that failed, else {"policy", "idleSeconds"}. findings.ts says what errors mean. `check.py` is the same for Plano's image:
// the check must trust the authorities that the gateway's image trusts, and that one has no Node.js.
const { randomBytes } = require("node:crypto");
const { once } = require("node:events");
const { writeFileSync } = require("node:fs");
const net = require("node:net");
const tls = require("node:tls");

const limitMs = 5_000;
const mostBytes = 64 * 1024;
const url = new URL(process.env.REDIS_URL);
const [user, password] = [url.username, url.password].map(decodeURIComponent);
const db = url.pathname.slice(1);
const key = `plano:affinity:check-${randomBytes(6).toString("hex")}`;
const commands = [
  ...(password === "" ? [] : [["AUTH", ...(user === "" ? [] : [user]), password]]),
  // As Plano's client: not every account may select the first.
  ...(Number(db) === 0 ? [] : [["SELECT", db]]),
  ["SET", key, "check", "EX", "60"],
  ["SETEX", key, "60", "check"],
  ["GET", key],
  ["EXPIRE", key, "60"],
  ["PTTL", key],
  ["DEL", key],
  // The lock of the watch on Redis, by which one replica at a time is restarted.
  ["SET", "plano-affinity:restart", "check", "NX", "EX", "1"],
  // Not every account may read these two.
  ["INFO", "memory"],
  ["CONFIG", "GET", "timeout"],
  // The last: of its reply only the first line is read.
  ["TIME"],
];
const encode = (words) => `*${words.length}\r\n${words.map((it) => `$${Buffer.byteLength(it)}\r\n${it}\r\n`).join("")}`;

/** The first reply in what came, and how long it is; undefined while it is not all there. */
function firstReply(text) {
  const end = text.indexOf("\r\n");
  if (end < 0) return undefined;
  const size = text[0] === "$" ? Number(text.slice(1, end)) : -1;
  if (size < 0) return { said: text.slice(0, end), length: end + 2 };
  const length = end + 4 + size;
  return text.length < length ? undefined : { said: text.slice(end + 2, length - 2), length };
}

async function find() {
  const host = url.hostname.replace(/^\[|\]$/g, "");
  const address = { host, port: Number(url.port || 6379) };
  const isTls = url.protocol === "rediss:";
  const socket = isTls ? tls.connect({ ...address, servername: net.isIP(host) ? undefined : host }) : net.connect(address);
  socket.setEncoding("latin1").setTimeout(limitMs, () => socket.destroy(new Error("timed out")));
  let step = "connect";
  let text = "";
  let [policy, idleSeconds] = [null, null];
  try {
    await once(socket, isTls ? "secureConnect" : "connect");
    const parts = socket[Symbol.asyncIterator]();
    const next = async () => {
      let reply;
      while ((reply = firstReply(text)) === undefined) {
        const { done, value } = await parts.next();
        if (done) throw new Error("connection ended");
        text += value;
        if (text.length > mostBytes) throw new Error("answered more than 64 KiB");
      }
      text = text.slice(reply.length);
      return reply.said;
    };
    for (const command of commands) {
      [step] = command;
      socket.write(encode(command));
      const said = await next();
      if (step === "INFO") policy = /maxmemory_policy:(\S+)/.exec(said)?.[1] ?? null;
      // A list of the name and the value; 0 is for ever.
      else if (step === "CONFIG") idleSeconds = (said === "*2" && (await next()) && Number(await next())) || null;
      else if (said.startsWith("-")) throw new Error(said.slice(1));
    }
    return { policy, idleSeconds };
  } catch ({ code = "", message }) {
    return { step, error: `${code} ${message}`.trim() };
  } finally {
    socket.destroy();
  }
}

async function main() {
  let found = await find();
  // A pod's network may be a moment behind the pod itself.
  for (let again = 0; again < 2 && found.step === "connect"; again++) {
    await new Promise((resolve) => setTimeout(resolve, 2_000));
    found = await find();
  }
  writeFileSync(process.env.FINDINGS ?? "/dev/termination-log", JSON.stringify(found));
  process.exit(found.error === undefined ? 0 : 1);
}

void main();
