"""The same as `check.cjs`, which says more, for Plano's image: that has Python and no Node.js."""
import json, os, re, secrets, socket, ssl, sys, time, urllib.parse

LIMIT = 5  # seconds, for each thing that is asked
MOST = 64 * 1024  # bytes of a reply
url = urllib.parse.urlsplit(os.environ["REDIS_URL"])
user, password = (urllib.parse.unquote(it or "") for it in (url.username, url.password))
db = url.path[1:]
key = "plano:affinity:check-%s" % secrets.token_hex(6)
commands = [
    *([["AUTH", *([user] if user else []), password]] if password else []),
    *([["SELECT", db]] if db.strip("0") else []),  # as Plano's client: not every account may select the first
    ["SET", key, "check", "EX", "60"],
    ["SETEX", key, "60", "check"],
    ["GET", key],
    ["EXPIRE", key, "60"],
    ["PTTL", key],
    ["DEL", key],
    # the lock of the watch on Redis, by which one replica at a time is restarted
    ["SET", "plano-affinity:restart", "check", "NX", "EX", "1"],
    ["INFO", "memory"],  # not every account may read these two
    ["CONFIG", "GET", "timeout"],
    ["TIME"],  # the last: of its reply only the first line is read
]


def connected():
    connection = socket.create_connection((url.hostname, url.port or 6379), timeout=LIMIT)
    if url.scheme == "rediss":
        connection = ssl.create_default_context().wrap_socket(connection, server_hostname=url.hostname)
    return connection


def ask(connection, replies, command):
    words = [word.encode() for word in command]
    try:
        connection.sendall(b"*%d\r\n" % len(words) + b"".join(b"$%d\r\n%s\r\n" % (len(word), word) for word in words))
    except OSError:
        pass  # what it said before it closed tells more
    return reply_of(replies)


def reply_of(replies):
    line = replies.readline(MOST).decode("latin-1")
    size = int(line[1:]) if line[:1] == "$" else -1
    if max(size, len(line)) >= MOST:
        raise OSError("answered more than 64 KiB")
    if not line.endswith("\r\n"):
        raise OSError("connection ended")
    return replies.read(size + 2)[:-2].decode("latin-1") if size >= 0 else line[:-2]


def find():
    step, policy, idle = "connect", None, 0
    try:
        with connected() as connection, connection.makefile("rb") as replies:
            for command in commands:
                step = command[0]
                reply = ask(connection, replies, command)
                if step == "INFO":
                    policy = re.search(r"maxmemory_policy:(\S+)", reply)
                elif step == "CONFIG":  # a list of the name and the value; 0 is for ever
                    idle = int([reply_of(replies), reply_of(replies)][1]) if reply == "*2" else 0
                elif reply.startswith("-"):
                    raise OSError(reply[1:])
            return {"policy": policy and policy[1], "idleSeconds": idle or None}
    except (OSError, ValueError) as error:
        return {"step": step, "error": str(error)}


found = find()
for _ in range(2):
    if found.get("step") == "connect":  # a pod's network may be a moment behind the pod itself
        time.sleep(2)
        found = find()
with open(os.environ.get("FINDINGS", "/dev/termination-log"), "w") as file:
    json.dump(found, file)
sys.exit(1 if "error" in found else 0)
