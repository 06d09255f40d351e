// Says whether a replica of the stand-in is alive: its /healthz answers, and it has not lost its Redis while Redis is
// there.
//
// Like Plano up to 0.4.31 it never connects to Redis again, and /healthz does not say so: from then on every request is
// routed anew. A restart mends that, but only when Redis answers, and not of all replicas at once: whoever is to be
// restarted takes a lock in Redis first. Runs beside the gateway, whose connections it sees because they share the pod's
// network, and answers 503 where Kubernetes shall restart the gateway. Arguments: Redis as HOST:PORT, seconds between
// two restarts. Environment: REDIS_PASSWORD, or REDIS_URL instead of both. `watch.py` is the same for Plano.
const { existsSync, readFileSync } = require("node:fs");
const { createServer, get } = require("node:http");
const { connect: connectTcp } = require("node:net");
const { connect: connectTls } = require("node:tls");

/** For all that is asked of Redis. */
const redisLimitMs = 2_000;
/** Three times: a busy replica is not a dead one. */
const healthLimitMs = 5_000;
const health = `http://127.0.0.1:${process.env.GATEWAY_PORT ?? "12000"}/healthz`;
const [address, spacing] = process.argv.slice(2);
const url = new URL(process.env.REDIS_URL || `redis://:${process.env.REDIS_PASSWORD ?? ""}@${address}`);
const port = Number(url.port || 6379);

/** True from the moment that this replica may restart until it has its Redis again. */
let restarting = false;

/** Why the gateway shall be restarted; undefined when it need not. */
async function obstacle() {
  if (!(await healthy())) return "the gateway does not answer /healthz";
  if (connected()) {
    restarting = false;
    return undefined;
  }
  restarting ||= await mayRestart();
  return restarting ? "the gateway has lost its connection to Redis and does not make a new one; Redis answers" : undefined;
}

async function healthy() {
  for (let attempt = 0; attempt < 3; attempt++) if (await answers()) return true;
  return false;
}

function answers() {
  return new Promise((resolve) => {
    const request = get(health, { agent: false, timeout: healthLimitMs }, (response) => {
      response.resume();
      resolve(response.statusCode === 200);
    });
    request.on("timeout", () => request.destroy());
    request.on("error", () => resolve(false));
  });
}

function connected() {
  // 01 is ESTABLISHED; the remote address ends with the port in hexadecimal.
  const suffix = `:${port.toString(16).toUpperCase().padStart(4, "0")}`;
  return ["/proc/net/tcp", "/proc/net/tcp6"]
    .filter((table) => existsSync(table))
    .flatMap((table) => readFileSync(table, "utf8").split("\n"))
    .map((line) => line.trim().split(/\s+/))
    .some(([, , remote, state]) => state === "01" && remote.endsWith(suffix));
}

/** Whether Redis answers, and nobody else restarts right now. */
function mayRestart() {
  const commands = [["SET", "plano-affinity:restart", process.env.POD_NAME ?? "-", "NX", "EX", spacing]];
  const [user, password] = [url.username, url.password].map(decodeURIComponent);
  if (password !== "") commands.unshift(["AUTH", ...(user === "" ? [] : [user]), password]);
  const words = (command) => command.map((word) => `$${Buffer.byteLength(word)}\r\n${word}\r\n`).join("");
  const request = commands.map((command) => `*${command.length}\r\n${words(command)}`).join("");
  const host = url.hostname.replace(/^\[|\]$/g, "");
  return new Promise((resolve) => {
    const options = { host, port, servername: host };
    const socket = url.protocol === "rediss:" ? connectTls(options) : connectTcp(options);
    const end = (answer) => {
      socket.destroy();
      resolve(answer);
    };
    let replies = "";
    socket.setTimeout(redisLimitMs, () => end(false));
    socket.on("error", () => end(false));
    socket.on("close", () => end(false));
    socket.on("data", (part) => {
      replies += part;
      const lines = replies.split("\r\n").slice(0, -1);
      if (lines.length >= commands.length) end(lines.every((line) => line === "+OK"));
    });
    socket.write(request);
  });
}

createServer((_request, response) => {
  void obstacle().then((reason) => {
    if (reason !== undefined) process.stdout.write(`${reason}\n`);
    response.writeHead(reason === undefined ? 200 : 503).end(`${reason ?? "alive"}\n`);
  });
}).listen(Number(process.env.WATCH_PORT ?? "12090"));

// As the first process of a container it gets no signal handlers from the kernel.
for (const signal of ["SIGTERM", "SIGINT"]) process.on(signal, () => process.exit(0));
