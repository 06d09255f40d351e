import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { parse } from "yaml";
import { asked, formats, Machine, modeOf, needsBash, textOf, type Outcome } from "./gate-machine";

const github = "docs/examples/gate-github-actions.yml";

interface GithubStep {
  readonly name?: string;
  readonly uses?: string;
  readonly if?: string;
  readonly run?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly with?: Readonly<Record<string, string>>;
}

interface GithubJob {
  readonly needs?: string;
  readonly steps: readonly GithubStep[];
}

interface GithubTrigger {
  readonly inputs: Readonly<Record<string, { readonly default: unknown }>>;
  readonly secrets?: Readonly<Record<string, { readonly required: boolean }>>;
}

interface GithubWorkflow {
  readonly on: { readonly workflow_dispatch: GithubTrigger; readonly workflow_call: GithubTrigger };
  readonly permissions: object;
  readonly jobs: { readonly package: GithubJob; readonly verify: GithubJob };
}

describe(github, () => {
  before(function () {
    needsBash(this);
  });

  const workflow = parse(textOf(github)) as GithubWorkflow;
  const { package: packing, verify } = workflow.jobs;
  const step = (name: string): GithubStep => {
    const found = verify.steps.find((it) => it.name === name);
    assert.ok(found !== undefined, `there is no step "${name}"`);
    return found;
  };

  /** Runs the steps that write the kubeconfig and verify. */
  function play(
    machine: Machine,
    { kubeconfig = "apiVersion: v1", redisUrl = "", ...inputs }: Readonly<Record<string, string>> = {},
  ): Outcome {
    const secrets: Readonly<Record<string, string>> = { PLANO_KUBECONFIG: kubeconfig, PLANO_REDIS_URL: redisUrl };
    const files = { GITHUB_ENV: machine.file("env"), GITHUB_STEP_SUMMARY: machine.file("summary") };
    let env: Record<string, string> = { ...files, RUNNER_TEMP: machine.folder };
    let outcome: Outcome | undefined;
    for (const { run = "", env: own = {} } of [step("Write the kubeconfig"), step("Verify")]) {
      const values = Object.entries(own).map(([name, text]) => [
        name,
        text.replace(/\$\{\{ (inputs|secrets)\.(\w+) \}\}/g, (_, from: string, key: string) => {
          if (from === "secrets") return secrets[key] ?? assert.fail(`the secret ${key} is not known here`);
          return inputs[key] ?? String(workflow.on.workflow_dispatch.inputs[key]?.default);
        }),
      ]);
      outcome = machine.run(run, { ...env, ...(Object.fromEntries(values) as Record<string, string>) });
      if (outcome.code !== 0) return outcome;
      const exported = machine.read("env").split("\n").filter(Boolean);
      env = { ...env, ...(Object.fromEntries(exported.map((line) => line.split("="))) as Record<string, string>) };
    }
    assert.ok(outcome !== undefined);
    return outcome;
  }

  for (const code of [0, 1, 2, 3]) {
    it(`ends with ${code} as the verifier does, and shows the table`, () => {
      using machine = new Machine(code);
      const { code: own, output } = play(machine);
      assert.equal(own, code, output);
      assert.ok(output.includes(`Affinity: code ${code}`));
      assert.ok(machine.read("summary").includes(`Affinity: code ${code}`));
    });
  }

  it("lets unknown pass where that is allowed, and nothing else", () => {
    for (const [code, expected] of [
      [0, 0],
      [1, 1],
      [2, 0],
      [3, 3],
    ] as const) {
      using machine = new Machine(code);
      const { code: own, output } = play(machine, { allow_unknown: "true" });
      assert.equal(own, expected);
      assert.equal(/^::warning::affinity is unknown/m.test(output), code === 2);
    }
  });

  it("gives the verifier options that it knows: namespace, context where there is one, three reports", () => {
    using machine = new Machine(0);
    const { words } = play(machine, { namespace: "my plano" });
    assert.deepEqual(formats(words), ["html", "json", "junit"]);
    const { target } = asked(words).options;
    assert.ok(target.kind === "kubernetes");
    assert.deepEqual([target.namespace, target.context], ["my plano", undefined]);
    const { words: withContext } = play(machine, { context: "a b" });
    const { target: other } = asked(withContext).options;
    assert.ok(other.kind === "kubernetes");
    assert.deepEqual([other.namespace, other.context], ["plano-demo", "a b"]);
  });

  it("gives the verifier the options of a stack that is not at its defaults", () => {
    using machine = new Machine(0);
    const { words } = play(machine, { options: "--ttl 900 --tenant x-tenant=gate" });
    assert.deepEqual(formats(words), ["html", "json", "junit"]);
    const { ttlSeconds, tenant } = asked(words).options;
    assert.deepEqual({ ttlSeconds, tenant }, { ttlSeconds: 900, tenant: { name: "x-tenant", value: "gate" } });
  });

  it("gives the verifier the URL of Redis where there is one, and off the command line", () => {
    const redisUrl = "redis://:secret@cache.example.com:6379/0";
    using machine = new Machine(0);
    const { redisUrl: given, words } = play(machine, { redisUrl });
    assert.equal(given, redisUrl);
    assert.ok(!words?.some((word) => word.includes("secret")));
    using other = new Machine(0);
    assert.equal(play(other).redisUrl, undefined);
  });

  it("takes the same from a hand and from another workflow, and needs the kubeconfig only", () => {
    const { workflow_dispatch: byHand, workflow_call: called } = workflow.on;
    const defaults = ({ inputs }: GithubTrigger): [string, unknown][] =>
      Object.entries(inputs).map(([name, input]) => [name, input.default]);
    assert.deepEqual(defaults(called), defaults(byHand));
    assert.deepEqual(called.secrets, { PLANO_KUBECONFIG: { required: true }, PLANO_REDIS_URL: { required: false } });
  });

  it("writes the kubeconfig for its owner only, and removes it", () => {
    using machine = new Machine(0);
    play(machine, { kubeconfig: "apiVersion: v1\nkind: Config" });
    assert.equal(machine.read("plano-kubeconfig"), "apiVersion: v1\nkind: Config\n");
    assert.equal(modeOf(machine.file("plano-kubeconfig")), "600");
    const remove = step("Remove the kubeconfig");
    assert.equal(remove.if, "always()");
    machine.run(remove.run ?? "", { RUNNER_TEMP: machine.folder });
    assert.equal(existsSync(machine.file("plano-kubeconfig")), false);
  });

  it("refuses an empty secret with 3, before anything is asked", () => {
    using machine = new Machine(0);
    const { code, words, output } = play(machine, { kubeconfig: "" });
    assert.deepEqual([code, words], [3, undefined]);
    assert.match(output, /^::error::the secret PLANO_KUBECONFIG is empty$/m);
  });

  it("keeps the reports after a failure too, and the secret out of the job that installs packages", () => {
    const upload = step("Upload the reports");
    assert.equal(upload.if, "${{ !cancelled() }}");
    assert.equal(upload.with?.["path"], "affinity/");
    assert.equal(verify.needs, "package");
    assert.ok(!JSON.stringify(packing).includes("secrets."));
    assert.deepEqual(workflow.permissions, { contents: "read" });
    assert.equal(workflow.on.workflow_call.inputs["allow_unknown"]?.default, false);
  });

  it("puts no input into a script by itself, where it could be taken for commands", () => {
    for (const { run = "" } of [...packing.steps, ...verify.steps]) assert.ok(!run.includes("${{"), run);
  });
});
