"""The same as `check.cjs`, which says more, for Plano's image: that has Python and no Node.js."""
import json, os, re, secrets, socket, ssl, sys, time, urllib.parse

LIMIT = 5  # seconds, for each thing that is asked
url = urllib.parse.urlsplit(os.environ["REDIS_URL"])
user, password = (urllib.parse.unquote(it or "") for it in (url.username, url.password))
db = url.path[1:]
key = "plano:affinity:check-%s" % secrets.token_hex(6)
login = [
    *([["AUTH", *([user] if user else []), password]] if password else []),
    *([["SELECT", db]] if db else []),
]
needed = [
    ["SET", key, "check", "EX", "60"],
    ["SETEX", key, "60", "check"],
    ["GET", key],
    ["EXPIRE", key, "60"],
    ["PTTL", key],
    ["DEL", key],
    # the lock of the watch on Redis, by which one replica at a time is restarted
    ["SET", "plano-affinity:restart", "check", "NX", "EX", "1"],
    ["TIME"],  # the last: of its reply only the first line is read
]


def connected():
    connection = socket.create_connection((url.hostname, url.port or 6379), timeout=LIMIT)
    if url.scheme == "rediss":
        connection = ssl.create_default_context().wrap_socket(connection, server_hostname=url.hostname)
    return connection


def ask(connection, replies, command):
    """One reply without its type's sign; an error reply is raised."""
    words = [word.encode() for word in command]
    connection.sendall(b"*%d\r\n" % len(words) + b"".join(b"$%d\r\n%s\r\n" % (len(word), word) for word in words))
    line = replies.readline()
    if not line.endswith(b"\r\n"):
        raise OSError("connection ended")
    kind, text = line[:1], line[1:-2].decode("latin-1")
    if kind == b"-":
        raise OSError(text)
    return replies.read(int(text) + 2)[:-2].decode("latin-1") if kind == b"$" and int(text) >= 0 else text


def find():
    step = "connect"
    try:
        with connected() as connection, connection.makefile("rb") as replies:
            for command in login:
                step = command[0]
                ask(connection, replies, command)
            try:
                memory = ask(connection, replies, ["INFO", "memory"])
            except OSError:  # not every account may read it
                memory = ""
            for command in needed:
                step = command[0]
                ask(connection, replies, command)
            policy = re.search(r"maxmemory_policy:(\S+)", memory)
            return {"policy": policy and policy[1]}
    except OSError as error:
        return {"step": step, "error": str(error)}


found = find()
for _ in range(2):
    if found.get("step") == "connect":  # a pod's network may be a moment behind the pod itself
        time.sleep(2)
        found = find()
with open(os.environ.get("FINDINGS", "/dev/termination-log"), "w") as file:
    json.dump(found, file)
sys.exit(1 if "error" in found else 0)
