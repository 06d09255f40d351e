// Says whether a replica of the stand-in is alive: its /v1/models answers, and it has not lost its Redis while Redis is
// there.
//
// Like Plano up to 0.4.31 it never connects to Redis again, and no answer says so: from then on every request is
// routed anew. A restart fixes that, but only when Redis answers, and not of all replicas at once: whoever is to be
// restarted takes a lock in Redis first, until it is back, and `/ready` answers 503 so that new clients go elsewhere. Runs beside
// the gateway, whose connections it sees because they share the pod's network, and answers 503 to have Kubernetes restart it.
//
// A connection to Redis is told by its port alone: where connect() itself balances load (Cilium), or the name has moved,
// Redis' connections go to addresses that its name has not.
//
// `/start` answers 200 once Redis lets this pod in: the gateway, which would give up, is started then.
// `/drain` is for the gateway's preStop hook: it answers when no client of the gateway is left, or time is up.
//
// Arguments: Redis as HOST:PORT, most seconds of one's turn to restart, least and most seconds of a drain. Environment:
// REDIS_PASSWORD, or REDIS_URL instead of both. `watch.py` is the same for Plano, whose image has Python and no Node.js, while
// this one's has no Python: one program for both would be one more image to pull, and Node.js needs more than the 32Mi asked for.
const { existsSync, readFileSync } = require("node:fs");
const { createServer, get } = require("node:http");
const { connect: connectTcp } = require("node:net");
const { setTimeout: delay } = require("node:timers/promises");
const { connect: connectTls } = require("node:tls");

/** For all that is asked of Redis. */
const redisLimitMs = Number(process.env.REDIS_LIMIT_MS ?? "2000");
const mostReply = 1_024;
/** Three times: a busy replica is not a dead one. */
const healthLimitMs = 5_000;
/** An answer holds for that long, however many ask: a look of one asker must not see the connection of another's. */
const rememberMs = 1_000;
/** As many retransmissions in a row take at least 12 s; Linux waits 0.2 s for the first, and twice as long each time. */
const deadAfter = 6;
const drainIntervalMs = 250;
/** How long its clients may take to finish once a replica is to restart; new ones no longer reach it. */
const finishMs = Number(process.env.FINISH_MS ?? "3000");
/** Once it has its Redis again, endpoints need a moment to know it again: then the next one may restart. */
const settleSeconds = 1;
const gatewayPort = Number(process.env.GATEWAY_PORT ?? "12000");
const health = `http://127.0.0.1:${gatewayPort}/v1/models`;
const [address, turnSeconds, leastSeconds, mostSeconds] = process.argv.slice(2);
const url = new URL(process.env.REDIS_URL || `redis://:${process.env.REDIS_PASSWORD ?? ""}@${address}`);
const port = Number(url.port || 6379);
const host = url.hostname.replace(/^\[|\]$/g, "");

/** Since when this replica is to restart, until it has its Redis again. */
let chosen;
/** It has had its Redis: one that never had keeps its clients, so that somebody may see what it answers. */
let had = false;
let latest = Promise.resolve();
let holdsUntil = -Infinity;

/** Why the gateway must be restarted; undefined when it need not. One look at a time, and not more than one a second. */
function obstacle() {
  if (performance.now() >= holdsUntil) {
    holdsUntil = Infinity;
    latest = look().finally(() => (holdsUntil = performance.now() + rememberMs));
  }
  return latest;
}

async function look() {
  if (!(await healthy())) return "the gateway does not answer /v1/models";
  if (connected()) {
    if (chosen !== undefined && performance.now() - chosen < turnSeconds * 1_000) await lock("XX", settleSeconds);
    chosen = undefined;
    had = true;
    return undefined;
  }
  // Kubernetes restarts it at the second answer of that kind: until then its clients may finish.
  if (chosen !== undefined) {
    while (clients() > 0 && performance.now() - chosen < finishMs) await delay(drainIntervalMs);
  } else if (await lock("NX", turnSeconds)) chosen = performance.now();
  return chosen !== undefined
    ? "the gateway has no connection to Redis, which answers, and makes none: it has lost it, or keeps its pins elsewhere"
    : undefined;
}

async function healthy() {
  for (let attempt = 0; attempt < 3; attempt++) if (await answers()) return true;
  return false;
}

function answers() {
  return new Promise((resolve) => {
    const request = get(health, { agent: false, timeout: healthLimitMs }, (response) => {
      // Not before its connection is closed, which would be taken for a client's.
      response.resume().socket.on("close", () => resolve(response.statusCode === 200));
    });
    request.on("timeout", () => request.destroy());
    request.on("error", () => resolve(false));
  });
}

/** A connection whose peer has vanished without a word stays ESTABLISHED, but nothing that is sent is acknowledged. */
function connected() {
  return sockets().some((it) => it.state === established && it.remotePort === port && it.retransmits < deadAfter);
}

const established = 1;
/** Also those whose last bytes are on their way while the gateway has closed them: FIN_WAIT1 and LAST_ACK. */
const inUse = [established, 4, 9];

/** All TCP sockets of the pod, as in Linux' Documentation/networking/proc_net_tcp.rst: numbers are hexadecimal. */
function sockets() {
  const folder = process.env.PROC_NET ?? "/proc/net";
  const portOf = (endpoint) => parseInt(endpoint.slice(endpoint.lastIndexOf(":") + 1), 16);
  return ["tcp", "tcp6"]
    .map((table) => `${folder}/${table}`)
    .filter((table) => existsSync(table))
    .flatMap((table) => readFileSync(table, "utf8").split("\n").slice(1))
    .map((line) => line.trim().split(/\s+/))
    .filter((fields) => fields.length > 6)
    .map(([, local, remote, state, , , retransmits]) => ({
      localPort: portOf(local),
      remotePort: portOf(remote),
      state: parseInt(state, 16),
      retransmits: parseInt(retransmits, 16),
    }));
}

/** Why new clients must go elsewhere: until the restarted gateway serves, whatever Kubernetes knows of it yet. */
async function unready() {
  return had && chosen !== undefined ? obstacle() : undefined;
}

function clients() {
  return sockets().filter((it) => inUse.includes(it.state) && it.localPort === gatewayPort).length;
}

/**
 * Waits until new requests go elsewhere and the clients have their answers. An idle connection cannot be told from one
 * that waits for an answer. Those from the pod itself count: they are tunnels (`kubectl port-forward`) and meshes.
 */
async function drained() {
  const begun = performance.now();
  for (;;) {
    const seconds = (performance.now() - begun) / 1_000;
    const left = clients();
    if (left === 0 && seconds >= Number(leastSeconds)) return "drained";
    if (seconds >= Number(mostSeconds)) return `not drained: ${left} connections are left after ${mostSeconds} s`;
    await delay(drainIntervalMs);
  }
}

/** @param when `NX`: nobody else restarts right now. @returns whether Redis answers, and it is so */
async function lock(when, seconds) {
  return (await askRedis("SET", "plano-affinity:restart", process.env.POD_NAME ?? "-", when, "EX", `${seconds}`)) === "+OK";
}

/** Why the gateway must not start yet; undefined when it may. */
async function notYet() {
  const reply = await askRedis("PING");
  // A user that may not ping has been let in, too.
  const isIn = reply === "+PONG" || reply.startsWith("-NOPERM");
  return isIn ? undefined : `Redis at ${url.host} does not let this pod in yet: ${reply}`;
}

/** The line that Redis answers on a connection of its own, what it says of the password, or what came in between. */
function askRedis(...command) {
  const [user, password] = [url.username, url.password].map(decodeURIComponent);
  const login = password === "" ? [] : [["AUTH", ...(user === "" ? [] : [user]), password]];
  const encode = (words) => `*${words.length}\r\n${words.map((it) => `$${Buffer.byteLength(it)}\r\n${it}\r\n`).join("")}`;
  return new Promise((resolve) => {
    const options = { host, port, servername: host };
    const socket = url.protocol === "rediss:" ? connectTls(options) : connectTcp(options);
    const end = (answer) => {
      socket.destroy();
      resolve(answer);
    };
    let replies = "";
    setTimeout(() => end(`no answer within ${redisLimitMs / 1_000} s`), redisLimitMs);
    socket.on("error", (error) => end(error.message));
    socket.on("close", () => end("the connection was closed"));
    socket.on("data", (part) => {
      replies += part;
      if (replies.length > mostReply) end("it answers without an end");
      const [first, second] = replies.split("\r\n").slice(0, -1);
      const reply = login.length > 0 && first === "+OK" ? second : first;
      if (reply !== undefined) end(reply);
    });
    socket.write([...login, command].map(encode).join(""));
  });
}

// As the first process of a container it gets no signal handlers from the kernel. Before anybody can find it listening.
for (const signal of ["SIGTERM", "SIGINT"]) process.on(signal, () => process.exit(0));

createServer(async ({ url: path }, response) => {
  const isDrain = path === "/drain";
  const said = await ({ "/drain": drained, "/start": notYet, "/ready": unready }[path] ?? obstacle)();
  if (said !== undefined) process.stdout.write(`${said}\n`);
  response.writeHead(isDrain || said === undefined ? 200 : 503).end(`${said ?? "alive"}\n`);
}).listen(Number(process.env.WATCH_PORT ?? "12090"));
