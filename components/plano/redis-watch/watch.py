"""Says whether a replica of Plano is alive: its /v1/models answers, and it has not lost its Redis while Redis is there.

Arguments: Redis as HOST:PORT, most seconds of one's turn to restart, least and most seconds of a drain. Environment:
REDIS_PASSWORD, or REDIS_URL instead of both. `watch.cjs` is the same for the stand-in,
whose image has no Python, and says more.
"""
import os, signal, socket, ssl, sys, threading, time, urllib.parse, urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

REDIS_LIMIT = int(os.environ.get("REDIS_LIMIT_MS", "2000")) / 1000  # seconds, for all that is asked of Redis
MOST_REPLY = 1024  # bytes of a line
HEALTH_LIMIT = 5  # seconds, three times: a busy replica is not a dead one
# Seconds. An answer holds for that long, however many ask: a look of one asker must not see the connection of another's.
REMEMBER = 1
# As many retransmissions in a row take at least 12 s; Linux waits 0.2 s for the first, and twice as long each time.
DEAD_AFTER = 6
DRAIN_INTERVAL = 0.25
# How long, in seconds, its clients may take to finish once a replica is to restart; new ones no longer reach it.
FINISH = int(os.environ.get("FINISH_MS", "3000")) / 1000
# Seconds. Once it has its Redis again, endpoints need a moment to know it again: then the next one may restart.
SETTLE = "1"
LOCK = "plano-affinity:restart"
GATEWAY_PORT = int(os.environ.get("GATEWAY_PORT", "12000"))
HEALTH = "http://127.0.0.1:%d/v1/models" % GATEWAY_PORT
ADDRESS, TURN, LEAST, MOST = sys.argv[1:5]
NAME = os.environ.get("POD_NAME", "-")
URL = urllib.parse.urlsplit(os.environ.get("REDIS_URL") or "redis://:%s@%s" % (os.environ.get("REDIS_PASSWORD", ""), ADDRESS))
PORT = URL.port or 6379


class Watch:
    # Since when this replica is to restart, until it has its Redis again.
    chosen = None
    # It has had its Redis: one that never had keeps its clients, so that somebody may see what it answers.
    had = False
    latest = None
    holds_until = 0
    lock = threading.Lock()

    def obstacle(self):
        """Why the gateway must be restarted; None when it need not. One look at a time, and not more than one a second."""
        with self.lock:
            if time.monotonic() >= self.holds_until:
                self.latest = self.look()
                self.holds_until = time.monotonic() + REMEMBER
            return self.latest

    def look(self):
        if not healthy():
            return "the gateway does not answer /v1/models"
        if connected():
            if self.chosen is not None and time.monotonic() - self.chosen < float(TURN):
                ask_redis("SET", LOCK, NAME, "XX", "EX", SETTLE)
            self.chosen, self.had = None, True
            return None
        if self.chosen is not None:
            # Kubernetes restarts it at the second answer of that kind: until then its clients may finish.
            while clients() > 0 and time.monotonic() - self.chosen < FINISH:
                time.sleep(DRAIN_INTERVAL)
        elif ask_redis("SET", LOCK, NAME, "NX", "EX", TURN) == "+OK":
            self.chosen = time.monotonic()
        if self.chosen is None:
            return None
        return "the gateway has no connection to Redis, which answers, and makes none: it has lost it, or keeps its pins elsewhere"

    def unready(self):
        """Why new clients must go elsewhere: until the restarted gateway serves, whatever Kubernetes knows of it yet."""
        return self.obstacle() if self.had and self.chosen is not None else None


def healthy():
    return any(answers() for _ in range(3))


def answers():
    try:
        with urllib.request.urlopen(HEALTH, timeout=HEALTH_LIMIT):
            return True
    except OSError:
        return False


def connected():
    """A connection whose peer has vanished without a word stays ESTABLISHED, but nothing that is sent is acknowledged."""
    return any(
        state == ESTABLISHED and port == PORT and retransmits < DEAD_AFTER for _, port, state, retransmits in sockets()
    )


ESTABLISHED = 1
# Also those whose last bytes are on their way while the gateway has closed them: FIN_WAIT1 and LAST_ACK.
IN_USE = (ESTABLISHED, 4, 9)


def sockets():
    """All TCP sockets of the pod, as in Linux' Documentation/networking/proc_net_tcp.rst: numbers are hexadecimal.

    Of each the local port, the remote port, the state and how often the oldest unacknowledged data was sent again.
    """
    for name in ("tcp", "tcp6"):
        table = "%s/%s" % (os.environ.get("PROC_NET", "/proc/net"), name)
        if not os.path.exists(table):
            continue
        with open(table) as lines:
            for fields in list(map(str.split, lines))[1:]:
                if len(fields) > 6:
                    local, remote = (endpoint.rsplit(":", 1)[1] for endpoint in fields[1:3])
                    yield int(local, 16), int(remote, 16), int(fields[3], 16), int(fields[6], 16)


def clients():
    return sum(local == GATEWAY_PORT and state in IN_USE for local, _, state, _ in sockets())


def drained():
    """Waits until new requests go elsewhere and the clients have their answers.

    An idle connection cannot be told from one that waits for an answer. Those from the pod itself count: they are
    tunnels (`kubectl port-forward`) and meshes.
    """
    begun = time.monotonic()
    while True:
        seconds = time.monotonic() - begun
        left = clients()
        if left == 0 and seconds >= float(LEAST):
            return "drained"
        if seconds >= float(MOST):
            return "not drained: %d connections are left after %s s" % (left, MOST)
        time.sleep(DRAIN_INTERVAL)


def not_yet():
    """Why the gateway must not start yet; None when it may."""
    reply = ask_redis("PING")
    # A user that may not ping has been let in, too.
    if reply == "+PONG" or reply.startswith("-NOPERM"):
        return None
    return "Redis at %s does not let this pod in yet: %s" % (URL.netloc.rsplit("@", 1)[-1], reply)


def ask_redis(*command):
    """The line that Redis answers on a connection of its own, what it says of the password, or what came in between."""
    user = [urllib.parse.unquote(URL.username)] if URL.username else []
    login = [("AUTH", *user, urllib.parse.unquote(URL.password))] if URL.password else []
    try:
        with socket.create_connection((URL.hostname, PORT), timeout=REDIS_LIMIT) as connection:
            if URL.scheme == "rediss":
                connection = ssl.create_default_context().wrap_socket(connection, server_hostname=URL.hostname)
            for words in [*login, command]:
                request = "*%d\r\n" % len(words) + "".join("$%d\r\n%s\r\n" % (len(it.encode()), it) for it in words)
                connection.sendall(request.encode())
            replies = connection.makefile("rb")
            reply = replies.readline(MOST_REPLY)
            if login and reply == b"+OK\r\n":
                reply = replies.readline(MOST_REPLY)
            return reply.decode(errors="replace").strip() or "the connection was closed"
    except OSError as error:
        return str(error)


class Handler(BaseHTTPRequestHandler):
    watch = Watch()

    def do_GET(self):
        is_drain = self.path == "/drain"
        asked = {"/drain": drained, "/start": not_yet, "/ready": self.watch.unready}
        said = asked.get(self.path, self.watch.obstacle)()
        if said:
            print(said, flush=True)
        body = ("%s\n" % (said or "alive")).encode()
        self.send_response(503 if said and not is_drain else 200)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


# As the first process of a container it gets no signal handlers from the kernel.
signal.signal(signal.SIGTERM, lambda *_: os._exit(0))
ThreadingHTTPServer(("", int(os.environ.get("WATCH_PORT", "12090"))), Handler).serve_forever()
