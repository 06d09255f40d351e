import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import type { Context } from "mocha";
import { parse } from "yaml";
import type { CliRequest } from "../../../verify/cli/arguments";
import { skipBecause } from "../../skip";
import { accept } from "./commands";
import { missingFiles, project, readPage } from "./markdown";

const github = "docs/gate-github-actions.yml";
const gitlab = "docs/gate-gitlab.yml";
const textOf = (path: string): string => readFileSync(join(project, path), "utf8");

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

interface GithubWorkflow {
  readonly on: Readonly<Record<string, { readonly inputs: Readonly<Record<string, { readonly default: unknown }>> }>>;
  readonly permissions: object;
  readonly jobs: { readonly package: GithubJob; readonly verify: GithubJob };
}

interface GitlabJob {
  readonly stage: string;
  readonly script: readonly string[];
  readonly dependencies?: readonly string[];
  readonly allow_failure?: unknown;
  readonly artifacts: {
    readonly when?: string;
    readonly paths: readonly string[];
    readonly reports?: { readonly junit: string };
  };
}

interface GitlabPipeline {
  readonly stages: readonly string[];
  readonly variables: Readonly<Record<string, string>>;
  readonly "affinity-package": GitlabJob;
  readonly "affinity-gate": GitlabJob;
}

/** What came of a job's shell. */
interface Outcome {
  readonly code: number | null;
  readonly output: string;
  /** What the verifier was given; undefined when it was not started. */
  readonly words: readonly string[] | undefined;
}

/** A machine of a CI service, with programs of ours for `npm` and `plano-affinity`. */
class Machine implements Disposable {
  readonly folder = mkdtempSync(join(tmpdir(), "gate-"));

  /** @param code the verifier ends with it */
  constructor(code: number) {
    mkdirSync(join(this.folder, "bin"));
    this.#program("npm", "exit 0");
    this.#program("plano-affinity", `printf '%s\\n' "$@" > "${this.file("words")}"\necho "Affinity: code ${code}"\nexit ${code}`);
  }

  file(name: string): string {
    return join(this.folder, name);
  }

  read(name: string): string {
    return existsSync(this.file(name)) ? readFileSync(this.file(name), "utf8") : "";
  }

  /** Runs a script as both services do: bash that ends at the first error. */
  run(script: string, env: Readonly<Record<string, string>>): Outcome {
    const { status, stdout, stderr } = spawnSync("bash", ["--noprofile", "--norc", "-eo", "pipefail", "-c", script], {
      cwd: this.folder,
      encoding: "utf8",
      env: { PATH: [join(this.folder, "bin"), process.env["PATH"] ?? ""].join(delimiter), ...env },
    });
    const words = this.read("words").split("\n").slice(0, -1);
    return { code: status, output: stdout + stderr, words: words.length === 0 ? undefined : words };
  }

  #program(name: string, body: string): void {
    const file = join(this.folder, "bin", name);
    writeFileSync(file, `#!/bin/sh\n${body}\n`);
    chmodSync(file, 0o755);
  }

  [Symbol.dispose](): void {
    rmSync(this.folder, { recursive: true });
  }
}

function modeOf(file: string): string {
  return (statSync(file).mode & 0o777).toString(8);
}

/** What the words ask the verifier for; UsageError when it does not know them. */
function asked(words: readonly string[] | undefined): CliRequest {
  assert.equal(words?.[0], "verify");
  return accept(words ?? []);
}

function formats(words: readonly string[] | undefined): string[] {
  return asked(words)
    .reports.map(({ format }) => format.id)
    .sort();
}

function needsBash(context: Context): void {
  if (spawnSync("bash", ["--version"]).status !== 0) skipBecause(context, "there is no bash");
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
  function play(machine: Machine, { kubeconfig = "apiVersion: v1", ...inputs }: Readonly<Record<string, string>> = {}): Outcome {
    const files = { GITHUB_ENV: machine.file("env"), GITHUB_STEP_SUMMARY: machine.file("summary") };
    let env: Record<string, string> = { ...files, RUNNER_TEMP: machine.folder };
    let outcome: Outcome | undefined;
    for (const { run = "", env: own = {} } of [step("Write the kubeconfig"), step("Verify")]) {
      const values = Object.entries(own).map(([name, text]) => [
        name,
        text.replace(/\$\{\{ (inputs|secrets)\.(\w+) \}\}/g, (_, from: string, key: string) => {
          if (from === "secrets") return kubeconfig;
          return inputs[key] ?? String(workflow.on["workflow_dispatch"]?.inputs[key]?.default);
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
    assert.equal(workflow.on["workflow_call"]?.inputs["allow_unknown"]?.default, false);
  });

  it("puts no input into a script by itself, where it could be taken for commands", () => {
    for (const { run = "" } of [...packing.steps, ...verify.steps]) assert.ok(!run.includes("${{"), run);
  });
});

describe(gitlab, () => {
  before(function () {
    needsBash(this);
  });

  const pipeline = parse(textOf(gitlab)) as GitlabPipeline;
  const gate = pipeline["affinity-gate"];

  function play(machine: Machine, variables: Readonly<Record<string, string>> = {}): Outcome {
    const file = machine.file("kubeconfig");
    writeFileSync(file, "apiVersion: v1\n", { mode: 0o644 });
    const { PLANO_NAMESPACE, PLANO_CONTEXT } = pipeline.variables;
    assert.ok(PLANO_NAMESPACE !== undefined && PLANO_CONTEXT !== undefined);
    return machine.run(gate.script.join("\n"), { PLANO_NAMESPACE, PLANO_CONTEXT, PLANO_KUBECONFIG: file, ...variables });
  }

  for (const code of [0, 1, 2, 3]) {
    it(`ends with ${code} as the verifier does`, () => {
      using machine = new Machine(code);
      const { code: own, output } = play(machine);
      assert.equal(own, code, output);
      assert.ok(output.includes(`Affinity: code ${code}`));
      assert.equal(modeOf(machine.file("kubeconfig")), "600");
    });
  }

  it("gives the verifier options that it knows: namespace, context where there is one, three reports", () => {
    using machine = new Machine(0);
    const { words } = play(machine, { PLANO_CONTEXT: "a b" });
    assert.deepEqual(formats(words), ["html", "json", "junit"]);
    const { target } = asked(words).options;
    assert.ok(target.kind === "kubernetes");
    assert.deepEqual([target.namespace, target.context], ["plano-demo", "a b"]);
  });

  it("refuses a variable that is no file with 3, before anything is asked", () => {
    using machine = new Machine(0);
    const { code, words, output } = play(machine, { PLANO_KUBECONFIG: "" });
    assert.deepEqual([code, words], [3, undefined]);
    assert.match(output, /its type must be File$/m);
  });

  it("fails for unknown by default, and says how to allow it: by its code", () => {
    assert.equal(gate.allow_failure, false);
    assert.deepEqual(
      [...textOf(gitlab).matchAll(/^#\s+exit_codes: \[(.*)\]$/gm)].map(([, codes]) => codes),
      ["2"],
    );
  });

  it("keeps the reports after a failure too, and waits for the stages before it", () => {
    assert.deepEqual(
      [gate.artifacts.when, gate.artifacts.paths, gate.artifacts.reports?.junit],
      ["always", ["affinity/"], "affinity/report.xml"],
    );
    assert.deepEqual(gate.dependencies, ["affinity-package"]);
    assert.ok(pipeline["affinity-package"].artifacts.paths.includes("plano-affinity-*.tgz"));
    assert.deepEqual(pipeline.stages, [pipeline["affinity-package"].stage, gate.stage]);
    assert.ok(!("needs" in gate));
  });
});

describe("the CI files", () => {
  it("name pages that exist", () => {
    for (const path of [github, gitlab]) {
      const named = [...textOf(path).matchAll(/\bdocs\/[\w.-]+\w/g)].map(([page]) => `\`${page}\``);
      assert.ok(named.length > 0);
      assert.deepEqual(missingFiles({ path, prose: named, fences: [] }), []);
    }
  });

  it("are those of docs/proof.md", () => {
    const text = readPage("docs/proof.md").prose.join("\n");
    for (const path of [github, gitlab]) assert.ok(text.includes(`](${path.replace("docs/", "")})`));
    assert.ok(text.includes("`allow_unknown: true`") && text.includes("`exit_codes: [2]`"));
  });
});
