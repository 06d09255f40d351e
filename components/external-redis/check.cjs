// Asks the Redis of REDIS_URL, from where the gateway will be, for all that the gateway and the proof need: a connection,
// a password that fits, and the right to write and to look. Writes what it found as JSON to FINDINGS: {"step", "error"} for
// the first step that failed, else {"policy"}. findings.ts says what errors mean. `check.py` is the same for Plano's image:
// the check must trust the authorities that the gateway's image trusts, and that one has no Node.js.
const { randomBytes } = require("node:crypto");
const { writeFileSync } = require("node:fs");
const { connect: connectTcp } = require("node:net");
const { connect: connectTls } = require("node:tls");

const limitMs = 5_000;
const url = new URL(process.env.REDIS_URL);
const [user, password] = [url.username, url.password].map(decodeURIComponent);
const db = url.pathname.slice(1);
const key = `plano:affinity:check-${randomBytes(6).toString("hex")}`;
const login = [
  ...(password === "" ? [] : [["AUTH", ...(user === "" ? [] : [user]), password]]),
  ...(db === "" ? [] : [["SELECT", db]]),
];
const needed = [
  ["SET", key, "check", "EX", "60"],
  ["SETEX", key, "60", "check"],
  ["GET", key],
  ["EXPIRE", key, "60"],
  ["PTTL", key],
  ["DEL", key],
  // The lock of the watch on Redis, by which one replica at a time is restarted.
  ["SET", "plano-affinity:restart", "check", "NX", "EX", "1"],
  // The last: of its reply only the first line is read.
  ["TIME"],
];

function connected() {
  const host = url.hostname.replace(/^\[|\]$/g, "");
  const address = { host, port: Number(url.port || 6379) };
  return new Promise((resolve, reject) => {
    const tls = url.protocol === "rediss:";
    const socket = tls ? connectTls({ ...address, servername: /^[\d.]+$|:/.test(host) ? undefined : host }) : connectTcp(address);
    socket.setTimeout(limitMs, () => socket.destroy(new Error("timed out")));
    socket.once("error", reject);
    socket.once(tls ? "secureConnect" : "connect", () => resolve(socket));
  });
}

/** One reply without its type's sign; an error reply throws. */
function ask(socket, command) {
  const words = command.map((word) => `$${Buffer.byteLength(word)}\r\n${word}\r\n`).join("");
  return new Promise((resolve, reject) => {
    let got = "";
    const done = (act, value) => {
      socket.removeAllListeners("data").removeAllListeners("close").removeAllListeners("error");
      socket.on("error", () => {});
      act(value);
    };
    socket.once("error", (error) => done(reject, error));
    socket.once("close", () => done(reject, new Error("connection ended")));
    socket.on("data", (part) => {
      got += part.toString("latin1");
      const end = got.indexOf("\r\n");
      if (end < 0) return;
      const line = got.slice(1, end);
      if (got[0] === "-") done(reject, new Error(line));
      else if (got[0] !== "$" || Number(line) < 0) done(resolve, line);
      else if (got.length >= end + 4 + Number(line)) done(resolve, got.slice(end + 2, end + 2 + Number(line)));
    });
    socket.write(`*${command.length}\r\n${words}`);
  });
}

async function find() {
  let step = "connect";
  try {
    const socket = await connected();
    const askAll = async (commands) => {
      for (const command of commands) {
        step = command[0];
        await ask(socket, command);
      }
    };
    try {
      await askAll(login);
      // Not every account may read it.
      const memory = await ask(socket, ["INFO", "memory"]).catch(() => "");
      await askAll(needed);
      return { policy: /maxmemory_policy:(\S+)/.exec(memory)?.[1] ?? null };
    } finally {
      socket.destroy();
    }
  } catch (error) {
    return { step, error: `${error.code ?? ""} ${error.message}`.trim() };
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
