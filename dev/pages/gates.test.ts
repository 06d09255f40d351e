import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync, statSync } from "node:fs";
import { delimiter, join } from "node:path";
import type { V1CronJob, V1JobSpec } from "@kubernetes/client-node" with { "resolution-mode": "import" };
import { parse, parseAllDocuments } from "yaml";
import type { Manifest } from "../../lib/kubernetes/objects";
import { Scratch } from "../../lib/testing/scratch";
import { skipBecause } from "../../lib/testing/skip";
import { defaultOptions } from "../../verify";
import { planRun } from "../../verify/in-cluster/manifests";
import { version } from "../../verify/package.json";
import { project, readArguments } from "./testing/markdown";

/** What a user of a gate sets: an empty kubeconfig is one that is not set, `options` are more of the verifier's. */
type Settings = { readonly [key in "kubeconfig" | "namespace" | "context" | "options" | "redisUrl" | "allowUnknown"]?: string };

const path = process.env["PATH"] ?? "";

/** A machine of a CI service, with programs of ours for `npm` and `plano-affinity`. @param code the verifier ends with it */
async function machine(code: number): Promise<Scratch> {
  const scratch = await Scratch.make();
  await scratch.program("npm", "exit 0");
  const redis = '${PLANO_AFFINITY_REDIS_URL+set}" ]; then printf %s "$PLANO_AFFINITY_REDIS_URL" > redis-url';
  await scratch.program(
    "plano-affinity",
    `printf '%s\\n' "$@" > words; if [ -n "${redis}; fi\nprintf '%s\\n' '\`\`\`' '<img src=x>' "Affinity: code ${code}"; exit ${code}`,
  );
  return scratch;
}

/**
 * Runs a script as both services do: bash that ends at the first error.
 *
 * @returns also what the verifier was given, and understood, undefined when it was not started; and the URL of Redis in its
 *   environment, undefined when there is none, which an empty one is not
 */
async function shell(scratch: Scratch, script: string, env: Readonly<Record<string, string>>) {
  const { status, stdout, stderr } = spawnSync("bash", ["--noprofile", "--norc", "-eo", "pipefail", "-c", script], {
    cwd: scratch.folder,
    encoding: "utf8",
    env: { PATH: [scratch.bin, path].join(delimiter), ...env },
  });
  const [words, redisUrl] = await Promise.all(["words", "redis-url"].map((it) => scratch.read(it).catch(() => undefined)));
  const asked = words === undefined ? undefined : readArguments(words.split("\n").slice(0, -1));
  return { code: status, output: stdout + stderr, asked, words: words ?? "", redisUrl };
}

interface GithubJob {
  readonly needs?: string;
  readonly steps: readonly {
    readonly name?: string;
    readonly if?: string;
    readonly run?: string;
    readonly env?: Readonly<Record<string, string>>;
  }[];
}

interface GithubTrigger {
  readonly inputs: Readonly<Record<string, { readonly default: unknown }>>;
  readonly secrets?: object;
}

const textOf = (file: string): string => readFileSync(join(project, "docs/examples", file), "utf8");
const github = parse(textOf("gate-github-actions.yml")) as {
  readonly on: { readonly workflow_dispatch: GithubTrigger; readonly workflow_call: GithubTrigger };
  readonly permissions: object;
  readonly jobs: { readonly package: GithubJob; readonly verify: GithubJob };
};
const gitlab = parse(textOf("gate-gitlab.yml")) as {
  readonly variables: Readonly<Record<string, string>>;
  readonly "affinity-gate": { readonly script: readonly string[]; readonly allow_failure?: unknown };
};

function githubStep(name: string): GithubJob["steps"][number] {
  return github.jobs.verify.steps.find((it) => it.name === name) ?? assert.fail(`there is no step "${name}"`);
}

/** Runs the steps that write the kubeconfig and verify. */
async function playGithub(scratch: Scratch, settings: Settings) {
  const { kubeconfig = "apiVersion: v1", redisUrl = "", context = "", options = "", allowUnknown = "false" } = settings;
  const given: Readonly<Record<string, string>> = {
    "secrets.PLANO_KUBECONFIG": kubeconfig,
    "secrets.PLANO_REDIS_URL": redisUrl,
    "inputs.namespace": settings.namespace ?? String(github.on.workflow_dispatch.inputs["namespace"]?.default),
    "inputs.context": context,
    "inputs.options": options,
    "inputs.allow_unknown": allowUnknown,
  };
  const files = { GITHUB_ENV: join(scratch.folder, "env"), GITHUB_STEP_SUMMARY: join(scratch.folder, "summary") };
  const play = (name: string, env: Readonly<Record<string, string>>) => {
    const { run = "", env: own = {} } = githubStep(name);
    const value = (text: string): string =>
      text.replace(/\$\{\{ (\S+) \}\}/g, (_, key: string) => given[key] ?? assert.fail(`${key} is not known here`));
    const values = Object.fromEntries(Object.entries(own).map(([key, text]) => [key, value(text)]));
    return shell(scratch, run, { ...files, RUNNER_TEMP: scratch.folder, ...env, ...values });
  };
  const written = await play("Write the kubeconfig", {});
  if (written.code !== 0) return written;
  const [, KUBECONFIG = ""] = /^KUBECONFIG=(.*)$/m.exec(await scratch.read("env")) ?? [];
  return play("Verify", { KUBECONFIG });
}

async function playGitlab(scratch: Scratch, settings: Settings) {
  const { kubeconfig = "apiVersion: v1", redisUrl, context = "", options = "" } = settings;
  const file = await scratch.file("plano-kubeconfig", `${kubeconfig}\n`, 0o644);
  const own = { PLANO_KUBECONFIG: kubeconfig === "" ? "" : file, PLANO_CONTEXT: context, PLANO_OPTIONS: options };
  const namespace = settings.namespace === undefined ? undefined : { PLANO_NAMESPACE: settings.namespace };
  const redis = redisUrl === undefined ? undefined : { PLANO_AFFINITY_REDIS_URL: redisUrl };
  const env = { ...gitlab.variables, ...own, ...namespace, ...redis };
  return shell(scratch, gitlab["affinity-gate"].script.join("\n"), env);
}

for (const [file, play, refusal] of [
  ["gate-github-actions.yml", playGithub, /^::error::the secret PLANO_KUBECONFIG is empty$/m],
  ["gate-gitlab.yml", playGitlab, /its type must be File$/m],
] as const)
  describe(`docs/examples/${file}`, () => {
    before(function () {
      if (spawnSync("bash", ["--version"]).status !== 0) skipBecause(this, "there is no bash");
    });

    it("ends as the verifier does, shows its table, and leaves the kubeconfig to its owner only", async () => {
      for (const code of [0, 1, 2, 3]) {
        await using scratch = await machine(code);
        const { code: own, output } = await play(scratch, { kubeconfig: "kind: Config" });
        assert.equal(own, code, output);
        assert.ok(output.includes(`Affinity: code ${code}`));
        assert.equal(await scratch.read("plano-kubeconfig"), "kind: Config\n");
        assert.equal(statSync(join(scratch.folder, "plano-kubeconfig")).mode & 0o777, 0o600);
      }
    });

    it("gives the verifier options that it knows: namespace, context where there is one, three reports, and more", async () => {
      const redisUrl = "redis://:secret@cache.example.com:6379/0";
      for (const [settings, where, more] of [
        [{}, ["plano-demo", undefined], {}],
        [
          { namespace: "my plano", context: "a b", options: "--ttl 900 --tenant x-tenant=gate --pin anchored", redisUrl },
          ["my plano", "a b"],
          { ttlSeconds: 900, tenant: { name: "x-tenant", value: "gate" }, pin: "anchored" },
        ],
      ] as const) {
        await using scratch = await machine(0);
        const { asked, words, redisUrl: given } = await play(scratch, settings);
        assert.ok(asked?.options.target.kind === "kubernetes");
        assert.deepEqual(asked.reports.map(({ format }) => format).sort(), ["html", "json", "junit"]);
        assert.deepEqual([asked.options.target.namespace, asked.options.target.context], where);
        assert.deepEqual({ ...asked.options, ...more }, asked.options);
        assert.equal(given, "redisUrl" in settings ? redisUrl : undefined);
        assert.ok(!words.includes("secret"), "it is off the command line");
      }
    });

    it("refuses an empty kubeconfig with 3, before anything is asked", async () => {
      await using scratch = await machine(0);
      const { code, asked, output } = await play(scratch, { kubeconfig: "" });
      assert.deepEqual([code, asked], [3, undefined]);
      assert.match(output, refusal);
    });
  });

describe("the gate of GitHub Actions", () => {
  it("lets unknown pass where that is allowed, and nothing else, and keeps the table", async () => {
    for (const code of [0, 1, 2, 3]) {
      await using scratch = await machine(code);
      const { code: own, output } = await playGithub(scratch, { allowUnknown: "true" });
      assert.equal(own, code === 2 ? 0 : code);
      assert.equal(/^::warning::affinity is unknown/m.test(output), code === 2);
      const lines = ["", "```", "<img src=x>", `Affinity: code ${code}`, "", ""];
      const summary = lines.map((line) => (line === "" ? "" : `    ${line}`)).join("\n");
      assert.equal(await scratch.read("summary"), summary, "nothing in it can end the block of code");
    }
    assert.equal(github.on.workflow_call.inputs["allow_unknown"]?.default, false);
  });

  it("takes the same from a hand and from another workflow, and needs the kubeconfig only", () => {
    const { workflow_dispatch: byHand, workflow_call: called } = github.on;
    const defaults = ({ inputs }: GithubTrigger) => Object.entries(inputs).map(([name, input]) => [name, input.default]);
    assert.deepEqual(defaults(called), defaults(byHand));
    assert.deepEqual(called.secrets, { PLANO_KUBECONFIG: { required: true }, PLANO_REDIS_URL: { required: false } });
  });

  it("removes the kubeconfig, after a failure too", async () => {
    await using scratch = await machine(0);
    const file = await scratch.file("plano-kubeconfig", "kind: Config");
    const remove = githubStep("Remove the kubeconfig");
    await shell(scratch, remove.run ?? "", { RUNNER_TEMP: scratch.folder });
    assert.deepEqual([remove.if, existsSync(file)], ["always()", false]);
  });

  it("keeps the secret out of the job that installs packages, and inputs out of scripts, where they could be commands", () => {
    const { package: packing, verify } = github.jobs;
    assert.equal(verify.needs, "package");
    assert.ok(!JSON.stringify(packing).includes("secrets."));
    assert.deepEqual(github.permissions, { contents: "read" });
    for (const { run = "" } of [...packing.steps, ...verify.steps]) assert.ok(!run.includes("${{"), run);
  });
});

it("the gate of GitLab fails for unknown by default", () => assert.equal(gitlab["affinity-gate"].allow_failure, false));

describe("the gates in a cluster", () => {
  const objectsOf = (file: string) => parseAllDocuments(textOf(file)).map((it) => it.toJS() as Manifest & { spec: unknown });
  const [cron, argo] = ["gate-cronjob.yaml", "gate-argo-rollouts.yaml"].map(objectsOf);
  const byCron = (cron?.at(-1) as V1CronJob).spec?.jobTemplate.spec as V1JobSpec;
  const { args, metrics } = argo?.at(-1)?.spec as {
    readonly args: readonly { readonly name: string; readonly value: string }[];
    readonly metrics: readonly { readonly name: string; readonly provider: { readonly job: { readonly spec: V1JobSpec } } }[];
  };
  const [metric] = metrics;

  it("run the Job that --in-cluster runs, from the verifier's image, with its rights and one more", () => {
    const { job, needs } = planRun(defaultOptions, { entry: "", files: {} }, "", "printed");
    const { volumes: _, ...own } = job.spec?.template.spec ?? { containers: [] };
    const [container] = own.containers;
    const { name, env = [], resources, securityContext } = container ?? assert.fail();
    const words = ["verify", "--namespace=plano-demo", "--selector=app=plano", "--quiet"];
    const image = `registry.example.com/plano-affinity-verify:${version}`;
    const containers = [{ name, image, args: words, env: env.slice(1), resources, securityContext }];
    const { terminationGracePeriodSeconds: __, ...pod } = { ...own, serviceAccountName: "plano-affinity-gate", containers };
    assert.deepEqual(byCron.template.spec, pod);
    const { backoffLimit, activeDeadlineSeconds } = job.spec ?? {};
    assert.deepEqual([byCron.backoffLimit, byCron.activeDeadlineSeconds], [backoffLimit, activeDeadlineSeconds]);
    const labels = byCron.template.metadata?.labels ?? {};
    assert.equal(labels["app.kubernetes.io/name"], job.spec?.template.metadata?.labels?.["app.kubernetes.io/name"]);
    const rules = (all: readonly Manifest[] = []) => all.find(({ kind }) => kind === "Role")?.["rules"] as readonly object[];
    const config = { apiGroups: [""], resources: ["configmaps"], resourceNames: ["plano-config"], verbs: ["get"] };
    assert.deepEqual(rules(cron), [...rules(needs), config]);
    const { options } = readArguments(words.slice(1));
    assert.deepEqual(options.target, { ...defaultOptions.target, context: undefined });
  });

  it("are the same in an analysis of Argo Rollouts, whose arguments are filled in", () => {
    assert.deepEqual(argo?.slice(0, -1), cron?.slice(0, -1));
    const filled = args.reduce((text, { name, value }) => text.replaceAll(`{{args.${name}}}`, value), JSON.stringify(metric));
    const { provider } = JSON.parse(filled) as typeof metric & object;
    assert.deepEqual(provider.job.spec, byCron);
  });
});
