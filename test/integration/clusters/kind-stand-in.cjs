/**
 * Stands in for `kind` and `docker`, by the name it is called: keeps nodes in a file, records every command, and fails
 * where it is told to. What it prints is what kind 0.33.0 and Docker 28 print, as far as the project reads it.
 */
const { appendFileSync, readFileSync, writeFileSync } = require("node:fs");
const { basename, join } = require("node:path");

const folder = process.env.STAND_IN;
const file = join(folder, "state.json");
const state = JSON.parse(readFileSync(file, "utf8"));
const save = () => writeFileSync(file, JSON.stringify(state));
const program = basename(process.argv[1]);
const args = process.argv.slice(2);
const two = `${program} ${args[0]}`;
const option = (name) => args[args.indexOf(name) + 1];
const stdin = args.includes("-") ? readFileSync(0, "utf8") : "";
const env = Object.fromEntries(
  ["KIND_EXPERIMENTAL_PROVIDER", "KIND_CLUSTER_NAME", "DOCKER_HOST"]
    .filter((it) => it in process.env)
    .map((it) => [it, process.env[it]]),
);
appendFileSync(join(folder, "calls"), `${JSON.stringify({ words: [program, ...args], stdin, env })}\n`);

const now = new Date().toISOString();
const print = (text) => process.stdout.write(`${text}\n`);
const of = (cluster) => state.nodes.filter((it) => it.cluster === cluster);
const nameOf = (node) => `${node.cluster}-control-plane`;
const published = (port) => [{ HostIp: "127.0.0.1", HostPort: port }];
/** Ports as the stack's own clusters publish them. */
const ports = { "6443/tcp": published("41234"), "32000/tcp": published("32000"), "31686/tcp": published("16686") };

const answers = {
  "kind version": () => print("kind v0.33.0 go1.26.3 linux/amd64"),
  "kind create": () => {
    if (state.faults["kind create"] === undefined) writeFileSync(option("--kubeconfig"), "kubeconfig");
  },
  "kind delete": () => {
    state.nodes = state.nodes.filter((it) => it.cluster !== option("--name"));
    save();
    process.stderr.write(`Deleting cluster "${option("--name")}" ...\n`);
  },
  "kind get": () => print(state.kubeconfig ?? `kubeconfig of ${of(option("--name"))[0].id}`),
  "kind load": () => {
    const digest = `sha256:of ${args[2]}`.replaceAll(" ", "-");
    // The import's own name, and what the kubelet's side adds.
    const names = [`docker.io/${args[2]}`, `import-2026-11-29@${digest}`, `${digest}-config`];
    state.images = [...(state.images ?? []), ...names.map((name) => ({ name, digest }))];
    save();
  },
  "docker version": () => print("28.2.2"),
  "docker info": () => print(state.cgroupVersion ?? "2"),
  "docker ps": () => of(args.at(-1).split("=").at(-1)).forEach((it) => print(it.id)),
  "docker inspect": () =>
    print(
      JSON.stringify(
        state.nodes
          .filter((it) => args.includes(it.id))
          .map((it) => ({
            Id: it.id,
            Name: `/${nameOf(it)}`,
            State: { Running: it.running, StartedAt: it.startedAt ?? "2026-01-01T00:00:00.123456789Z" },
            Config: { Labels: { "io.x-k8s.kind.cluster": it.cluster, "io.x-k8s.kind.role": "control-plane" } },
            HostConfig: { PortBindings: it.ports },
          })),
      ),
    ),
  "docker start": () => {
    state.nodes = state.nodes.map((it) => (args.includes(nameOf(it)) ? { ...it, running: true, startedAt: now } : it));
    save();
    args.slice(1).forEach(print);
  },
  "docker exec": () => {
    if (args.includes("--output=jsonpath={..image}")) return print((state.used ?? []).join(" "));
    if (args.includes("ls"))
      return print(["REF TYPE DIGEST", ...(state.images ?? []).map((it) => `${it.name} manifest ${it.digest}`)].join("\n"));
    if (args.includes("rm")) {
      state.images = state.images.filter((it) => !args.includes(it.name));
      return save();
    }
    const items = state.reported?.shift() ?? [
      { kind: "Node", metadata: { name: args[1] }, status: { conditions: [{ type: "Ready", status: "True" }] } },
      { kind: "Lease", metadata: { name: args[1], namespace: "kube-node-lease" }, spec: { renewTime: now } },
    ];
    save();
    print(JSON.stringify({ items }));
  },
  "docker image": () => {
    const ids = { ls: `busybox:1 sha256:other\n${state.named ?? ""}`, inspect: `sha256:${state.archive}` };
    if (args[1] in ids) print(ids[args[1]]);
    if (args[1] === "load") print("Loaded image: katanemo/plano:0.4.27");
  },
  "docker tag": () => undefined,
};

/** kind makes the containers first, and what fails then is left to whoever called it. */
function begin() {
  if (two !== "kind create" || of(option("--name")).length > 0) return;
  state.nodes.push({ cluster: option("--name"), id: `id-${Date.now()}`, running: true, ports });
  save();
}

const fault = state.faults[two];
begin();
if (fault === undefined || fault.times === 0) answers[two]();
else {
  if (fault.times !== undefined) {
    fault.times -= 1;
    save();
  }
  if (fault.hangs) {
    writeFileSync(join(folder, "hanging"), JSON.stringify([process.pid, process.ppid]));
    setInterval(() => undefined, 1_000);
  } else {
    process.stderr.write(`${fault.says}\n`);
    process.exitCode = 1;
  }
}
