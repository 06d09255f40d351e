import assert from "node:assert/strict";
import { operate } from "../../../lib/dynamic/operate";
import { build, removeUnnamed, untag } from "../../../images/docker";
import { stagesFor } from "../../../images/dockerfile";
import { buildInputs } from "../../../images/build-inputs";
import { skipBecause } from "../../../lib/testing/skip";
import { PrivateDocker, whyNoEngine } from "./engine";
import { htpasswd, password, PrivateRegistry, user } from "./registry";

const program = "images/built-image-provider.ts";

/** How they are pushed to a registry, and what it has lost, is in test/scenarios/registry.test.ts. */
describe("images from the Dockerfile, with a real engine and registry", () => {
  const environment = { ...process.env };
  let docker: PrivateDocker | undefined;
  const engine = (): PrivateDocker => docker ?? assert.fail("there is no engine");

  before(async function () {
    this.timeout(180_000);
    const missing = await whyNoEngine();
    if (missing !== undefined) skipBecause(this, missing);
    docker = await PrivateDocker.start();
    Object.assign(process.env, docker.env);
    // The public images cannot be counted on, so this engine alone gets others under their names.
    const notPlano = { name: "not-plano", programs: { "/bin/sh": "/bin/sh" }, entrypoint: ["sh"], user: "0:0" };
    await docker.provide(notPlano, "docker.io/katanemo/plano:0.4.27");
  });

  after(async () => {
    await docker?.[Symbol.asyncDispose]();
    for (const name of Object.keys(process.env)) if (!(name in environment)) delete process.env[name];
    Object.assign(process.env, environment);
  });

  const planned = (repository?: string, planoVersion = "0.4.27") => ({
    target: "plano",
    planoVersion,
    inputs: buildInputs("plano", planoVersion),
    ...(repository === undefined ? {} : { repository }),
  });
  const make = async (inputs: object): Promise<string> => (await operate(program, "make", inputs))["reference"] as string;
  const idOf = async (reference: string): Promise<string> =>
    (await engine().run(["image", "inspect", "--format", "{{.Id}}", reference])).trim();

  it("are built under a tag that tells their inputs, and removed again, others never", async () => {
    const image = planned();
    const reference = await make(image);
    assert.equal(reference, `plano-affinity/plano:${image.inputs}`);
    const [built, official] = await Promise.all([idOf(reference), idOf("katanemo/plano:0.4.27")]);
    assert.notEqual(built, official);
    assert.deepEqual(await operate(program, "local", image), { exists: true });
    assert.equal(await make(image), reference);
    assert.equal(await idOf(reference), built);

    await operate(program, "remove", image);
    assert.deepEqual(await operate(program, "local", image), { exists: false });
    assert.equal(await idOf("katanemo/plano:0.4.27"), official);

    await engine().run(["tag", "katanemo/plano:0.4.27", reference]);
    await operate(program, "remove", image);
    assert.equal(await idOf(reference), official);
    await engine().run(["image", "rm", reference]);
  });

  it("leave nothing without a name behind, but what is not theirs", async () => {
    const ids = async () => (await engine().run(["image", "ls", "--all", "--quiet", "--no-trunc"])).split("\n").sort();
    const dockerfile = (stage: string) =>
      `ARG V\nFROM katanemo/plano:0.4.27 AS ${stage}\nENV STAGE=${stage}\nFROM katanemo/plano:0.4.27 AS last\nCOPY --from=${stage} /bin/sh /sh\n`;
    const labels = { "plano-affinity.inputs": "1" };
    const request = { context: __dirname, target: "last", buildArgs: {}, labels };
    await build({ ...request, dockerfile: dockerfile("theirs"), reference: "theirs:1" });
    const before = await ids();
    await build({
      ...request,
      dockerfile: stagesFor(dockerfile("ours"), "last", "plano-affinity.inputs=1"),
      reference: "ours:1",
    });
    await untag("ours:1");
    assert.ok((await ids()).length > before.length, "a builder that leaves nothing shows nothing here");
    await removeUnnamed("plano-affinity.inputs=1");
    assert.deepEqual(await ids(), before);
    await untag("theirs:1");
  });

  it("fail with what was wrong: a base image that is not to be had", async () => {
    await assert.rejects(make(planned(undefined, "0.4.25")), (error: Error) => {
      assert.match(error.message, /the Dockerfile's target plano could not be built; the build ended with:/);
      assert.match(error.message, /→ Docker has to reach docker\.io/);
      assert.doesNotMatch(error.message, /\n\s+at /);
      return true;
    });
  });

  it("fail with what was wrong: a registry that is down", async () => {
    await assert.rejects(make(planned("127.0.0.1:1/team/plano")), /127\.0\.0\.1:1 cannot be reached/);
  });

  it("fail with what was wrong: no login; and are pushed with one, that no argument shows", async () => {
    await using closed = await PrivateRegistry.start({ htpasswd });
    const image = planned(`${closed.host}/team/plano`);
    await assert.rejects(make(image), new RegExp(`the registry refuses access\\.\\n  → docker login ${closed.host}`));
    await engine().run(["login", "--username", user, "--password-stdin", closed.host], { input: password });
    const reference = await make(image);
    assert.match(reference, /@sha256:[0-9a-f]{64}$/);
    assert.deepEqual(await operate(program, "pushed", { ...image, reference }), { exists: true });
  });
});
