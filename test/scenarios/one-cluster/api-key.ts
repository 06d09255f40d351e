import type { V1Container, V1Pod } from "@kubernetes/client-node";
import { strict as assert } from "node:assert";
import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { statSync } from "node:fs";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { stepByStep } from "../../../lib/testing/skip";
import { waitFor } from "../../../lib/wait";
import * as hidden from "../../stacks/hidden";
import { namespace } from "../../stacks/kube";
import type { OutsideCluster } from "../../stacks/outside-cluster";
import { npmRun, TestStack } from "../../stacks/stack";

const up = ["up", "--yes", "--skip-preview"];
const key = `sk-${randomBytes(24).toString("hex")}`;

const found = (text: string, word = key): string[] => hidden.formsIn(text, word);
const assertHidden = (where: string, text: string): void => hidden.assertHidden(where, text, key);

/** One file of each process of this machine, those in containers included: PID → content. */
async function ofProcesses(file: "cmdline" | "environ" | "cgroup"): Promise<Map<string, string>> {
  const pids = (await readdir("/proc")).filter((it) => /^\d+$/.test(it));
  const texts = pids.map(async (pid) => [pid, await readFile(`/proc/${pid}/${file}`, "utf8").catch(() => "")] as const);
  return new Map(await Promise.all(texts));
}

/** Looks at the command lines of this machine's processes again and again, for words that none may have. */
class CommandLines implements AsyncDisposable {
  readonly having: string[] = [];
  looks = 0;
  #stopped = false;
  readonly #looking: Promise<void>;

  constructor(private readonly word: string) {
    this.#looking = this.#look();
  }

  async #look(): Promise<void> {
    for (; !this.#stopped; this.looks++) {
      for (const line of (await ofProcesses("cmdline")).values())
        if (found(line, this.word).length > 0) this.having.push(line.replaceAll("\0", " "));
      await delay(50);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stopped = true;
    await this.#looking;
  }
}

const containersOf = ({ spec }: V1Pod): V1Container[] => [...(spec?.initContainers ?? []), ...(spec?.containers ?? [])];

/** One cluster and one stack with a key that nobody else has; each test goes on where the one before ended. */
export function apiKey(theCluster: () => OutsideCluster): void {
  describe("the OpenAI API key", function () {
    stepByStep(this);
    let cluster: OutsideCluster;
    let stack: TestStack;
    let commandLines: CommandLines | undefined;

    before(async () => {
      cluster = theCluster();
      process.env.KUBECONFIG = await cluster.kubeconfig("admin");
      const settings = { cluster: "existing", gateway: "standin", image: cluster.image, serviceType: "NodePort" };
      stack = await TestStack.create("e2e-api-key", { ...settings, upstream: "stub" });
      // Here it is an argument, by the user's own choice.
      await stack.setSecret("OPENAI_API_KEY", key);
      commandLines = new CommandLines(key);
    });

    after(async () => {
      await commandLines?.[Symbol.asyncDispose]();
      await stack?.[Symbol.asyncDispose]();
    });

    async function pods(): Promise<V1Pod[]> {
      const { items } = await cluster.api.core.listNamespacedPod({ namespace });
      return items.filter(({ metadata }) => metadata?.deletionTimestamp === undefined);
    }

    const runs = async (...args: readonly string[]): Promise<void> =>
      assertHidden(`the output of ${args.join(" ")}`, await stack.must(...args));

    async function verifies(wanted: readonly number[], ...args: readonly string[]): Promise<void> {
      const paths = ["json", "junit", "ctrf", "html"].map((format) => [format, join(stack.folder, `report.${format}`)] as const);
      const reports = paths.flatMap(([format, path]) => ["--report", `${format}=${path}`]);
      const options = ["--context", "admin", "--namespace", namespace, ...args, ...reports];
      const { code, output } = await npmRun(["verify", ...options]);
      assert.ok(wanted.includes(code), output);
      assertHidden("the verifier's output", output);
      for (const [format, path] of paths) assertHidden(`the report ${format}`, await readFile(path, "utf8"));
    }

    async function assertLogsHidden(): Promise<void> {
      let texts = "";
      for (const pod of await pods()) {
        for (const { name: container } of containersOf(pod)) {
          const name = pod.metadata?.name ?? "";
          const text = await cluster.api.core.readNamespacedPodLog({ namespace, name, container });
          assert.deepEqual(found(text), [], `the log of ${name}'s ${container} has the API key`);
          texts += text;
        }
      }
      assert.notEqual(texts, "", "no container has logged anything");
    }

    it("would be found on a command line", async () => {
      const word = randomBytes(24).toString("hex");
      await using lines = new CommandLines(word);
      const child = spawn(process.execPath, ["-e", "process.stdin.resume()", word], { stdio: ["pipe", "ignore", "ignore"] });
      await waitFor(
        { subject: word, limitMs: 30_000 },
        () => lines.having.some((line) => line.includes(word)) || undefined,
      ).finally(() => child.stdin.end());
    });

    it("is not shown by a preview, with all details or without, nor by up", async () => {
      await runs("preview");
      await runs("preview", "--diff");
      await runs(...up);
    });

    it("is in the Secret, and in nothing else in the namespace", async () => {
      const { core, apps } = cluster.api;
      const { items: secrets } = await core.listNamespacedSecret({ namespace });
      const secret = secrets.find(({ metadata }) => metadata?.name === "plano-secrets");
      assert.deepEqual(found(JSON.stringify(secret)), ["base64 from 0"]);
      assert.equal(Buffer.from(secret?.data?.["OPENAI_API_KEY"] ?? "", "base64").toString(), key);
      assertHidden("the Secret's metadata", JSON.stringify(secret?.metadata));
      const lists = {
        "another Secret": secrets.filter((it) => it !== secret),
        "a ConfigMap": (await core.listNamespacedConfigMap({ namespace })).items,
        "a pod": (await core.listNamespacedPod({ namespace })).items,
        "a Service": (await core.listNamespacedService({ namespace })).items,
        "an event": (await core.listNamespacedEvent({ namespace })).items,
        "a Deployment": (await apps.listNamespacedDeployment({ namespace })).items,
        "a ReplicaSet": (await apps.listNamespacedReplicaSet({ namespace })).items,
        "a StatefulSet": (await apps.listNamespacedStatefulSet({ namespace })).items,
      };
      for (const [what, items] of Object.entries(lists)) {
        assert.ok(items.length > 0, `${what} is not there`);
        for (const item of items) assertHidden(`${what}, ${item.metadata?.name}`, JSON.stringify(item));
      }
    });

    it("is given to the gateway's containers and to no other, by reference", async () => {
      const given = new Set<string>();
      for (const pod of await pods()) {
        const app = pod.metadata?.labels?.["app"] ?? "";
        const volumes = (pod.spec?.volumes ?? []).map(({ secret, projected }) => JSON.stringify([secret, projected]));
        assert.ok(!volumes.some((it) => it.includes("plano-secrets")), `${app} has the Secret as a volume`);
        for (const { name, env = [], envFrom } of containersOf(pod)) {
          assert.equal(envFrom, undefined, `${app}'s ${name} has all of an object as its environment`);
          for (const variable of env) {
            const { name: secret, key: field } = variable.valueFrom?.secretKeyRef ?? {};
            if (variable.name !== "OPENAI_API_KEY" && field !== "OPENAI_API_KEY") continue;
            assert.deepEqual([variable.value, secret, field], [undefined, "plano-secrets", "OPENAI_API_KEY"], `${app}'s ${name}`);
            given.add(`${app} ${name}`);
          }
        }
      }
      assert.deepEqual([...given], ["plano gateway"]);
    });

    it("is in the environment of their processes, and of no other on the machine", async () => {
      const gateways = (await pods())
        .filter(({ metadata }) => metadata?.labels?.["app"] === "plano")
        .flatMap(({ status }) => status?.containerStatuses ?? [])
        .filter(({ name }) => name === "gateway")
        .map(({ containerID = "" }) => containerID.replace(/^.*:\/\//, ""));
      assert.equal(gateways.length, 2);
      const groups = await ofProcesses("cgroup");
      const having = [...(await ofProcesses("environ"))].filter(([, text]) => found(text).length > 0).map(([pid]) => pid);
      const containers = having.map((pid) => gateways.find((id) => groups.get(pid)?.includes(id)) ?? `process ${pid}`);
      assert.deepEqual([...new Set(containers)].sort(), gateways.sort());
    });

    it("is in what Pulumi keeps only where secrets are asked for", async () => {
      assertHidden("the exported stack", await stack.must("stack", "export"));
      const shown = found(await stack.must("stack", "export", "--show-secrets"));
      assert.ok(shown.includes("base64 from 0"), "the key is not even found where it is shown");
      assertHidden("the stack's outputs", await stack.must("stack", "output", "--json"));
      const files = (await readdir(stack.folder, { recursive: true })).filter((it) => statSync(join(stack.folder, it)).isFile());
      assert.ok(files.includes("settings.json") && files.some((it) => it.startsWith(".pulumi/stacks/")), files.join());
      for (const file of files)
        assert.deepEqual(found(await readFile(join(stack.folder, file), "latin1")), [], `${file} has the API key`);
    });

    it("is not in what a verifier writes that finds all well, nor in any log", async () => {
      await verifies([0]);
      await assertLogsHidden();
    });

    it("is so, too, when it is in use, and OpenAI cannot be reached", async () => {
      await stack.configure({ upstream: "openai", proof: { enabled: false } });
      await runs("preview", "--diff");
      await runs(...up);
      const { data } = await cluster.api.core.readNamespacedConfigMap({ namespace, name: "plano-config" });
      assert.match(data?.["plano_config.yaml"] ?? "", /access_key: "?\$OPENAI_API_KEY/);
      await verifies([1, 2], "--sessions", "1", "--rounds", "2", "--timeout", "5");
      await assertLogsHidden();
      assertHidden("the exported stack", await stack.must("stack", "export"));
    });

    it("is not shown by destroy, and was on no command line all the while", async () => {
      await runs("destroy", "--yes", "--skip-preview");
      assert.ok(commandLines !== undefined && commandLines.looks > 20, `${commandLines?.looks} looks`);
      assert.deepEqual(commandLines.having, []);
    });
  });
}
