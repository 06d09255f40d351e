import assert from "node:assert/strict";
import { PassThrough } from "node:stream";
import { parseArguments, type CliRequest } from "./arguments";
import { confirm } from "./confirm";
import type { Terminal } from "./consent";

function terminal(isTTY: boolean): Terminal & { readonly input: PassThrough; readonly output: PassThrough } {
  return { input: Object.assign(new PassThrough(), { isTTY }), output: Object.assign(new PassThrough(), { isTTY }) };
}

const never = new AbortController().signal;

describe("the question before a deployment is disturbed", () => {
  for (const [typed, is] of [
    ["y\n", true],
    ["YES\n", true],
    ["\n", false],
    ["n\n", false],
    ["yesterday\n", false],
  ] as const) {
    it(`takes ${JSON.stringify(typed)} for ${is ? "a yes" : "a no"}`, async () => {
      const tty = terminal(true);
      const answer = confirm(["this will be done", "  to that"], tty, never);
      tty.input.write(typed);
      assert.equal(await answer, is);
      assert.equal(String(tty.output.read()), "this will be done\n  to that\nContinue? [y/N] ");
    });
  }

  it("takes the end of the input for a no", async () => {
    const tty = terminal(true);
    const answer = confirm(["x"], tty, never);
    tty.input.end();
    assert.equal(await answer, false);
  });

  it("takes an interruption for a no, before and while it asks", async () => {
    assert.equal(await confirm(["x"], terminal(true), AbortSignal.abort()), false);
    const interruption = new AbortController();
    const answer = confirm(["x"], terminal(true), interruption.signal);
    interruption.abort();
    assert.equal(await answer, false);
  });
});

describe("consent on the command line", () => {
  const parse = (line: string, isTTY = true): CliRequest => parseArguments(line.split(" "), terminal(isTTY));
  const refusal = (message: string) => ({ name: "UsageError", message });

  it("is asked for on a terminal", () => {
    const { options, asksFirst } = parse("--checks scale,faults");
    assert.deepEqual([options.allowDisruption, asksFirst], [true, true]);
  });

  it("is given by --yes with a namespace", () => {
    const { options, asksFirst } = parse("--checks faults --yes --namespace mine", false);
    assert.deepEqual([options.allowDisruption, asksFirst], [true, false]);
  });

  it("is not given by --yes alone, for that could act on anything", () => {
    const message = "--yes: it acts without asking, so name what it may act on; add --namespace plano-demo";
    for (const isTTY of [true, false]) assert.throws(() => parse("--checks faults --yes", isTTY), refusal(message));
  });

  it("cannot be had without a terminal", () => {
    assert.throws(
      () => parse("--checks scale,faults", false),
      refusal(
        "--checks: scale and faults change the deployment, and there is no terminal to ask on; add --yes and --namespace plano-demo",
      ),
    );
    assert.throws(
      () => parse("--checks scale --namespace mine", false),
      refusal("--checks: scale changes the deployment, and there is no terminal to ask on; add --yes"),
    );
    const halves = { ...terminal(true), output: terminal(false).output };
    assert.throws(() => parseArguments(["--checks", "scale"], halves), { name: "UsageError" });
  });

  it("is no matter for other checks, with --yes or without", () => {
    for (const line of ["--checks pinning", "--checks pinning --yes"]) {
      const { options, asksFirst } = parse(line, false);
      assert.deepEqual([options.allowDisruption, asksFirst], [false, false]);
    }
  });

  it("does not help where there is no Deployment", () => {
    const two = "--replica a=http://127.0.0.1:1 --replica b=http://127.0.0.1:2";
    const remedy = "leave it out, or verify the pods of a cluster with --namespace";
    assert.throws(
      () => parse(`--checks faults --yes ${two}`),
      refusal(`--checks: faults changes a Deployment, and --replica names none; ${remedy}`),
    );
    assert.throws(
      () => parse("--checks faults --url http://127.0.0.1:1"),
      (error: Error) => error.message.includes(`--checks: faults changes a Deployment, and --url names none; ${remedy}`),
    );
  });
});
