"""Says whether a replica of Plano is alive: its /healthz answers, and it has not lost its Redis while Redis is there.

Plano up to 0.4.31 never connects to Redis again, and /healthz does not say so: from then on every request is routed
anew. A restart mends that, but only when Redis answers, and not of all replicas at once: whoever is to be restarted
takes a lock in Redis first. Runs beside the gateway, whose connections it sees because they share the pod's network,
and answers 503 where Kubernetes shall restart the gateway. Arguments: Redis as HOST:PORT, seconds between two
restarts. Environment: REDIS_PASSWORD, or REDIS_URL instead of both. `watch.cjs` is the same for the stand-in.
"""
import os, signal, socket, ssl, sys, urllib.parse, urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

REDIS_LIMIT = 2  # seconds, for all that is asked of Redis
HEALTH_LIMIT = 5  # seconds, three times: a busy replica is not a dead one
HEALTH = "http://127.0.0.1:%s/healthz" % os.environ.get("GATEWAY_PORT", "12000")
ADDRESS, SPACING = sys.argv[1:3]
URL = urllib.parse.urlsplit(os.environ.get("REDIS_URL") or "redis://:%s@%s" % (os.environ.get("REDIS_PASSWORD", ""), ADDRESS))
PORT = URL.port or 6379


class Watch:
    # True from the moment that this replica may restart until it has its Redis again.
    restarting = False

    def obstacle(self):
        """Why the gateway shall be restarted; None when it need not."""
        if not healthy():
            return "the gateway does not answer /healthz"
        if connected():
            self.restarting = False
            return None
        self.restarting = self.restarting or may_restart()
        if self.restarting:
            return "the gateway has lost its connection to Redis and does not make a new one; Redis answers"
        return None


def healthy():
    for _ in range(3):
        try:
            with urllib.request.urlopen(HEALTH, timeout=HEALTH_LIMIT):
                return True
        except OSError:
            pass
    return False


def connected():
    for table in ("/proc/net/tcp", "/proc/net/tcp6"):
        if not os.path.exists(table):
            continue
        with open(table) as lines:
            for fields in map(str.split, lines):
                # 01 is ESTABLISHED; the remote address ends with the port in hexadecimal.
                if len(fields) > 3 and fields[3] == "01" and fields[2].endswith(":%04X" % PORT):
                    return True
    return False


def may_restart():
    """Whether Redis answers, and nobody else restarts right now."""
    commands = [["SET", "plano-affinity:restart", os.environ.get("POD_NAME", "-"), "NX", "EX", SPACING]]
    if URL.password:
        user = [urllib.parse.unquote(URL.username)] if URL.username else []
        commands.insert(0, ["AUTH", *user, urllib.parse.unquote(URL.password)])
    request = "".join(
        "*%d\r\n" % len(words) + "".join("$%d\r\n%s\r\n" % (len(word.encode()), word) for word in words) for words in commands
    )
    try:
        with socket.create_connection((URL.hostname, PORT), timeout=REDIS_LIMIT) as connection:
            if URL.scheme == "rediss":
                connection = ssl.create_default_context().wrap_socket(connection, server_hostname=URL.hostname)
            connection.settimeout(REDIS_LIMIT)
            connection.sendall(request.encode())
            replies = connection.makefile("rb")
            return all(replies.readline() == b"+OK\r\n" for _ in commands)
    except OSError:
        return False


class Handler(BaseHTTPRequestHandler):
    watch = Watch()

    def do_GET(self):
        obstacle = self.watch.obstacle()
        if obstacle:
            print(obstacle, flush=True)
        body = ((obstacle or "alive") + "\n").encode()
        self.send_response(503 if obstacle else 200)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


# As the first process of a container it gets no signal handlers from the kernel.
signal.signal(signal.SIGTERM, lambda *_: os._exit(0))
ThreadingHTTPServer(("", int(os.environ.get("WATCH_PORT", "12090"))), Handler).serve_forever()
