import assert from "node:assert/strict";
import * as pulumi from "@pulumi/pulumi";
import { checkImages } from ".";
import { Scratch } from "../lib/testing/scratch";
import { type Answer, dockerStandIn } from "./testing/docker-stand-in";

const answering: Answer = { to: "version", stdout: "27.3.1" };
const down: Answer = { to: "version", code: 1, stderr: "Cannot connect to the Docker daemon at unix:///x" };

describe("what is found of images before anything is made", () => {
  const { fetch } = globalThis;
  let asked: string[];
  beforeEach(() => void (asked = []));
  afterEach(() => void (globalThis.fetch = fetch));

  /** What every registry answers: a status, or the code of a failed connection. */
  function registryAnswers(answer: number | string): void {
    globalThis.fetch = (input) => {
      asked.push(input instanceof Request ? input.url : input.toString());
      return typeof answer === "number"
        ? Promise.resolve(new Response(null, { status: answer }))
        : Promise.reject(new TypeError("fetch failed", { cause: Object.assign(new Error(answer), { code: answer }) }));
    };
  }

  interface Case {
    readonly kind?: "kind" | "sandbox" | "existing";
    readonly registry?: string;
    readonly image?: string;
    readonly docker?: Answer;
    /** Content of Docker's `config.json`; absent: there is none. */
    readonly config?: object;
  }

  /** The findings, or `undefined`; and what Docker was asked. */
  async function check({ kind = "existing", registry, image, docker = answering, config }: Case) {
    await using scratch = await Scratch.make();
    const calls = await dockerStandIn(scratch, [docker]);
    process.env.DOCKER_CONFIG = scratch.folder;
    delete process.env.HTTPS_PROXY;
    delete process.env.https_proxy;
    if (config !== undefined) await scratch.file("config.json", JSON.stringify(config));
    const message = await checkImages({ kind, gateway: "plano", needsStub: true, image, registry }).then(
      () => undefined,
      (error: unknown) => {
        assert.ok(pulumi.RunError.isInstance(error), String(error));
        return error.message;
      },
    );
    return { message, calls: await calls() };
  }

  it("is nothing, and Docker is not asked, where nothing is built", async () => {
    registryAnswers("ENOTFOUND");
    assert.deepEqual(await check({ docker: down }), { message: undefined, calls: [] });
    assert.deepEqual(await check({ kind: "sandbox", image: "x:1", docker: down }), { message: undefined, calls: [] });
    assert.deepEqual(asked, []);
  });

  it("is a Docker that is down, where images are built for kind", async () => {
    const { message } = await check({ kind: "kind", docker: down });
    assert.match(message ?? "", /^cluster: images cannot be built: the Docker daemon does not answer → start Docker/);
  });

  it("is nothing where Docker answers and the registry wants no login", async () => {
    registryAnswers(200);
    assert.equal((await check({ registry: "r.example.com/team/plano" })).message, undefined);
    assert.deepEqual(asked, ["https://r.example.com/v2/"]);
  });

  it("is both a Docker that is down and a missing login, at once", async () => {
    registryAnswers(401);
    const { message } = await check({ registry: "r.example.com/plano", docker: down });
    assert.match(message ?? "", /^registry: images cannot be built: .*\n {0}registry: nobody is logged in at r\.example\.com/);
    assert.match(message ?? "", /\n {2}→ docker login r\.example\.com$/);
  });

  const logins: readonly (readonly [name: string, registry: string, config: object | undefined, missing: boolean])[] = [
    ["no file of Docker's", "r.example.com/x", undefined, true],
    ["a login somewhere else", "r.example.com/x", { auths: { "other.example.com": { auth: "eA==" } } }, true],
    ["a login", "r.example.com/x", { auths: { "r.example.com": { auth: "eA==" } } }, false],
    ["a login as older versions wrote it", "r.example.com/x", { auths: { "https://r.example.com/v1/": {} } }, false],
    ["a helper for the host", "r.example.com/x", { credHelpers: { "r.example.com": "ecr-login" } }, false],
    ["a helper for another", "r.example.com/x", { credHelpers: { "s.example.com": "ecr-login" } }, true],
    ["a store, which is not asked", "r.example.com/x", { credsStore: "desktop" }, false],
    ["a login at Docker Hub", "team/plano", { auths: { "https://index.docker.io/v1/": { auth: "eA==" } } }, false],
    ["none at Docker Hub", "team/plano", { auths: {} }, true],
  ];
  for (const [name, registry, config, missing] of logins) {
    it(`${missing ? "is a missing login" : "is nothing"} with ${name}`, async () => {
      registryAnswers(401);
      const { message } = await check({ registry, config });
      if (missing)
        assert.match(message ?? "", /^registry: nobody is logged in at (r\.example\.com|docker\.io) on this machine\./);
      else assert.equal(message, undefined);
    });
  }

  it("is a host that nobody knows", async () => {
    registryAnswers("ENOTFOUND");
    const { message } = await check({ registry: "r.exmaple.com/plano" });
    assert.match(
      message ?? "",
      /^registry: the host r\.exmaple\.com is not known\.\n {2}→ check the spelling of the registry's host/,
    );
  });

  it("is nothing where only Docker may know: another port, another certificate, no answer", async () => {
    for (const code of ["ECONNREFUSED", "DEPTH_ZERO_SELF_SIGNED_CERT", "EAI_AGAIN"]) {
      registryAnswers(code);
      assert.equal((await check({ registry: "r.example.com/plano" })).message, undefined, code);
    }
  });
});
