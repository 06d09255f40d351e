import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { parse } from "yaml";
import { asked, formats, Machine, modeOf, needsBash, textOf, type Outcome } from "./gate-machine";

const gitlab = "docs/examples/gate-gitlab.yml";

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

describe(gitlab, () => {
  before(function () {
    needsBash(this);
  });

  const pipeline = parse(textOf(gitlab)) as GitlabPipeline;
  const gate = pipeline["affinity-gate"];

  function play(machine: Machine, variables: Readonly<Record<string, string>> = {}): Outcome {
    const file = machine.file("kubeconfig");
    writeFileSync(file, "apiVersion: v1\n", { mode: 0o644 });
    return machine.run(gate.script.join("\n"), { ...pipeline.variables, PLANO_KUBECONFIG: file, ...variables });
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

  it("gives the verifier the options of a stack that is not at its defaults, and the URL of Redis", () => {
    const url = "redis://:secret@cache.example.com:6379/0";
    using machine = new Machine(0);
    const set = { PLANO_OPTIONS: "--pin anchored --ttl 360", PLANO_AFFINITY_REDIS_URL: url };
    const { words, redisUrl } = play(machine, set);
    assert.deepEqual(formats(words), ["html", "json", "junit"]);
    const { pin, ttlSeconds } = asked(words).options;
    assert.deepEqual({ pin, ttlSeconds, redisUrl }, { pin: "anchored", ttlSeconds: 360, redisUrl: url });
    using other = new Machine(0);
    assert.equal(play(other).redisUrl, undefined);
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
    for (const stage of pipeline.stages) assert.ok(textOf(gitlab).split("\nstages:")[0]?.includes(stage), stage);
    assert.ok(!("needs" in gate));
  });
});
