import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import net from "node:net";
import { KubernetesApi } from "./api";
import { clientConfig } from "./client-node";
import { isPassing, type KubernetesError, Refusal } from "./errors";
import { KubernetesObjects } from "./objects";
import { FakeApiServer } from "./testing/fake-api-server";
import { listening } from "../testing/listening";
import { Scratch } from "../testing/scratch";

describe("lib: the client of the Kubernetes API", () => {
  let fake: FakeApiServer;
  let api: KubernetesApi;
  const connect = async (content = fake.kubeconfig(), limitMs?: number) =>
    KubernetesApi.connect(await clientConfig({ content }), { limitMs });
  const failure = (work: Promise<unknown>): Promise<KubernetesError> =>
    work.then(
      () => assert.fail("it did not fail"),
      (error: unknown) => error as KubernetesError,
    );

  beforeEach(async () => {
    fake = await FakeApiServer.start();
    api = await connect();
  });
  afterEach(async () => {
    api[Symbol.dispose]();
    await fake[Symbol.asyncDispose]();
  });

  it("says what the server refused, and whether asking again may help", async () => {
    fake.answers.set("/a", new Refusal(403, "no", "Forbidden"));
    fake.answers.set("/b", 503);
    const refused = await failure(api.json({ path: "/a" }));
    assert.ok(refused instanceof Refusal);
    assert.deepEqual([refused.status, refused.message, refused.reason, refused.mayBeDone], [403, "no", "Forbidden", false]);
    assert.equal(isPassing(refused), false);
    const broken = await failure(api.json({ path: "/b", method: "POST", body: {} }));
    assert.deepEqual([isPassing(broken), broken.mayBeDone], [true, true]);
  });

  it("does not repeat its credentials where an answer does", async () => {
    const basic = Buffer.from("me:geheim").toString("base64");
    const users: [user: object, said: string][] = [
      [{ token: "geheim" }, "401: Bearer geheim"],
      [{ username: "me", password: "geheim" }, `401: Basic ${basic}, geheim`],
    ];
    for (const [user, said] of users) {
      using other = await connect(fake.kubeconfig(user));
      for (const body of [said, { message: said }, `${"x".repeat(190)} ${said}`]) {
        fake.respond = ({ response }) => {
          response.writeHead(401).end(typeof body === "string" ? body : JSON.stringify(body));
          return "taken";
        };
        const { message } = await failure(other.text({ path: "/a" }));
        assert.match(message, /401: (Bearer|Basic) …|x{190}/);
        assert.doesNotMatch(message, new RegExp(`geh|${basic.slice(0, 4)}`));
      }
    }
  });

  it("does not wait for a server that says nothing, or never comes to the end", async () => {
    fake.answers.set("/hang", "hang");
    fake.answers.set("/slow", ({ response }) => {
      response.writeHead(200).write("{");
      return "taken";
    });
    const wait = (path: string) => failure(api.json({ path, method: "POST", body: {}, limitMs: 2_000 }));
    const [silent, slow] = await Promise.all([wait("/hang"), wait("/slow")]);
    assert.deepEqual(
      [silent.name, silent.mayBeDone, silent.message],
      ["Unreachable", true, `the Kubernetes API at ${fake.url} cannot be reached: no answer within 2 s`],
    );
    assert.match(slow.message, /no answer within 2 s$/);
    // Under the limit that it has by itself.
  }).timeout(9_000);

  it("ends at its caller's signal, and at answers that are too large or not JSON", async () => {
    const stop = new AbortController();
    fake.answers.set("/hang", () => {
      stop.abort();
      return "hang";
    });
    fake.answers.set("/text", "x");
    fake.answers.set("/large", "x".repeat(2 ** 26 + 1));
    assert.equal((await failure(api.json({ path: "/hang", signal: stop.signal }))).message, "interrupted");
    assert.match((await failure(api.text({ path: "/large", limitMs: 60_000 }))).message, /larger than 67108864 bytes$/);
    assert.match((await failure(api.json({ path: "/text" }))).message, /^the answer is not JSON/);
  });

  it("keeps its connections, and asks again where the server had closed one meanwhile", async () => {
    const sockets = new Set<unknown>();
    fake.respond = ({ response }) => void sockets.add(response.socket);
    await api.json({ path: "/version" });
    await api.json({ path: "/version" });
    assert.equal(sockets.size, 1);
    fake.respond = ({ response }) => {
      if (!sockets.has(response.socket)) return undefined;
      response.socket?.resetAndDestroy();
      return "taken";
    };
    assert.deepEqual(await api.json({ path: "/version" }), { major: "1", minor: "34" });
  });

  it("passes on lines as they come, and tells a connection that broke from the end", async () => {
    const seen: string[] = [];
    fake.answers.set("/log", ({ response }) => {
      response.write("one\ntwo\n", () => response.destroy());
      return "taken";
    });
    const broken = await failure(api.lines({ path: "/log", limitMs: 60_000 }, (line) => void seen.push(line)));
    assert.deepEqual([seen, broken.name], [["one", "two"], "Unreachable"]);
    fake.answers.set("/log", "three\n");
    await api.lines({ path: "/log", limitMs: 60_000 }, (line) => void seen.push(line));
    assert.deepEqual(seen, ["one", "two", "three"]);
  });

  it("takes new credentials where the old ones have ended", async () => {
    await using scratch = await Scratch.make();
    const file = await scratch.file("token.json", JSON.stringify({ status: { token: "old" } }));
    const exec = { apiVersion: "client.authentication.k8s.io/v1", command: "/bin/cat", args: [file], interactiveMode: "Never" };
    using with_ = await connect(fake.kubeconfig({ exec }));
    fake.respond = ({ headers }) => (headers.authorization === "Bearer new" ? undefined : 401);
    assert.equal((await failure(with_.json({ path: "/version" }))).message, "status 401");
    await writeFile(file, JSON.stringify({ status: { token: "new" } }));
    assert.deepEqual(await with_.json({ path: "/version" }), { major: "1", minor: "34" });
  });

  it("sends no credentials for a context without a user", async () => {
    const seen: unknown[] = [];
    fake.respond = ({ headers }) => void seen.push(headers.authorization);
    const content = fake.kubeconfig().replace(',"user":"fake"', "").replace(',"insecure-skip-tls-verify":true', "");
    using other = await connect(content);
    await other.json({ path: "/version" });
    assert.deepEqual(seen, [undefined]);
  });

  const remedy = "log in with kubectl first";
  const login = (more: object) => ({ exec: { apiVersion: "client.authentication.k8s.io/v1", command: "/bin/echo", ...more } });
  for (const [what, user, why] of [
    ["says nothing", login({}), "its answer is no ExecCredential"],
    ["gives a bare token", login({ args: ["secret"] }), "its answer is no ExecCredential"],
    ["gives no status", login({ args: ["{}"] }), "its answer is no ExecCredential"],
    ["asks questions", login({ interactiveMode: "Always" }), `it asks its user, interactiveMode Always: ${remedy}`],
  ] as const)
    it(`refuses a login program that ${what}, and quotes nothing`, async () => {
      const { message } = await failure(connect(fake.kubeconfig(user)));
      assert.equal(message, `the program /bin/echo of the kubeconfig gave no credentials: ${why}`);
    });

  it("names the proxy that does not answer, without its password, and refuses what is none", async () => {
    const through = (proxyUrl: string) => fake.kubeconfig().replace('{"server"', `{"proxy-url":"${proxyUrl}","server"`);
    await using mute = await listening(net.createServer());
    using slow = await connect(through(`http://me:secret@${mute.address}`), 50);
    const said = `the Kubernetes API at ${fake.url} cannot be reached: `;
    const late = await failure(slow.json({ path: "/version" }));
    assert.equal(late.message, `${said}no answer within 0.05 s (through the proxy ${mute.address})`);
    using none = await connect(through("http://127.0.0.1:1"));
    const { message } = await failure(none.json({ path: "/version" }));
    assert.equal(message, `${said}connection refused (through the proxy 127.0.0.1:1)`);
    for (const bad of ["proxy:3128", "http://proxy:3128:5"])
      assert.match((await failure(connect(through(bad)))).message, /^proxy-url of the kubeconfig, or HTTPS_PROXY, is no address/);
  });

  it("asks a sandbox, which is on this machine, without the proxy of the environment", async () => {
    await using scratch = await Scratch.make();
    process.env.HTTPS_PROXY = "http://127.0.0.1:1";
    const proxyTo = async (server: string) =>
      (await clientConfig({ content: fake.kubeconfig().replace(fake.url, server) })).getCurrentCluster()?.proxyUrl;
    assert.equal(await proxyTo("https://10.231.4.2:6443"), undefined);
    assert.equal(await proxyTo("https://10.231.4.2"), process.env.HTTPS_PROXY, scratch.folder);
  });

  it("is closed when it is disposed of", async () => {
    const closed = new Promise((resolve) => {
      fake.respond = ({ response }) => void response.socket?.once("close", resolve);
    });
    await api.json({ path: "/version" });
    api[Symbol.dispose]();
    await closed;
  });

  it("names objects by kind, and asks once how a kind is served", async () => {
    const objects = new KubernetesObjects<object>(api);
    const ref = { apiVersion: "apps/v1", kind: "Deployment", namespace: "demo", name: "web" };
    fake.answers.set("/apis/apps/v1/namespaces/demo/deployments", { items: [{ metadata: { name: "web" } }] });
    assert.equal(await objects.get(ref), undefined);
    assert.deepEqual(await objects.list(ref), [{ apiVersion: "apps/v1", kind: "Deployment", metadata: { name: "web" } }]);
    assert.equal(fake.requests.filter((it) => it === "GET /apis/apps/v1").length, 1);
    assert.equal(await objects.path({ ...ref, apiVersion: "v1", kind: "Namespace", namespace: "x" }), "/api/v1/namespaces/web");
    const unknown = objects.get({ ...ref, apiVersion: "example.com/v1", kind: "Foo" });
    assert.equal((await failure(objects.path({ ...ref, apiVersion: "example.com/v1", kind: "Foo" }))).name, "Refusal");
    await assert.rejects(unknown, /is its CustomResourceDefinition installed/);
  });
});
