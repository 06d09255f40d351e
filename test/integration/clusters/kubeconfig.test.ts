import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { rm } from "node:fs/promises";
import http from "node:http";
import https from "node:https";
import net from "node:net";
import { delimiter, join } from "node:path";
import type { Duplex } from "node:stream";
import type { PeerCertificate, TLSSocket } from "node:tls";
import * as yaml from "yaml";
import { run } from "../../../lib/command";
import { KubernetesApi } from "../../../lib/kubernetes/api";
import { clientConfig } from "../../../lib/kubernetes/client-node";
import { readKubeconfig } from "../../../lib/kubernetes/kubeconfig";
import { makeAuthority } from "../../../lib/testing/certificates";
import { listening } from "../../../lib/testing/listening";
import { scratchPerTest } from "../../../lib/testing/scratch";
import { findTool } from "../../../sandbox/toolchain/ensure";
import { nodePrograms } from "../../stacks/kind-node/programs";

/** What the API server, the proxy and the login program saw of one request. */
interface Seen {
  path?: string;
  name?: string | false;
  /** Name in the client's certificate. */
  cert?: string;
  via?: string;
  told?: unknown;
  [header: string]: unknown;
}

type Fields = Readonly<Record<string, unknown>>;

const kubeconfig = (cluster: Fields, user: Fields = {}) => ({
  "current-context": "c",
  contexts: [{ name: "c", context: { cluster: "k", user: "u" } }],
  clusters: [{ name: "k", cluster }],
  users: [{ name: "u", user }],
});

describe("a kubeconfig means what kubectl makes of it", function () {
  this.timeout(30_000);
  let authority: Awaited<ReturnType<typeof makeAuthority>>;
  let keys: Awaited<ReturnType<(typeof authority)["issue"]>>;
  let server: Awaited<ReturnType<typeof listening>>;
  let proxy: Awaited<ReturnType<typeof listening>>;
  let socks: Awaited<ReturnType<typeof listening>>;
  const scratch = scratchPerTest("/usr/bin:/bin");
  let kubectl: string | undefined;
  let seen: Seen;

  before(async () => {
    kubectl = (await findTool(nodePrograms).catch(() => undefined))?.binaries["kubectl"];
    authority = await makeAuthority();
    keys = await authority.issue("me");
    const own = await authority.issue("cluster.example", "127.0.0.1");
    const api = https.createServer({ ...own, ca: authority.cert, requestCert: true, rejectUnauthorized: false });
    api.on("request", ({ url, headers, socket }, response) => {
      const client = socket as TLSSocket & { servername: string | false };
      const cert = (client.getPeerCertificate() as Partial<PeerCertificate>).subject?.CN;
      const own = Object.entries(headers).filter(([name]) => /^(authorization|impersonate-.*)$/.test(name));
      Object.assign(seen, { path: url, name: client.servername, cert, ...Object.fromEntries(own) });
      response.end("{}");
    });
    server = await listening(api);
    /** Connects to the API server, whatever was asked for. */
    const forward = (client: Duplex, via: string | undefined, answer: string | Buffer): void => {
      seen.via = via;
      const upstream = net.connect(server.port, "127.0.0.1", () => client.write(answer));
      upstream
        .on("error", () => client.destroy())
        .pipe(client.on("error", () => upstream.destroy()))
        .pipe(upstream);
    };
    socks = await listening(
      net.createServer((client) => {
        client.once("data", () => {
          client.write(Buffer.from([5, 0]));
          client.once("data", (asked) => {
            const name = asked[3] === 3 ? asked.subarray(5, -2).toString() : "an address";
            forward(client, `${name}:${asked.readUInt16BE(asked.length - 2)}`, Buffer.from([5, 0, 0, 1, 0, 0, 0, 0, 0, 0]));
          });
        });
      }),
    );
    proxy = await listening(
      http.createServer().on("connect", ({ url }, client) => forward(client, url, "HTTP/1.1 200 OK\r\n\r\n")),
    );
  });
  after(async () => {
    await server[Symbol.asyncDispose]();
    await proxy[Symbol.asyncDispose]();
    await socks[Symbol.asyncDispose]();
  });

  /** What is seen when somebody asks the API server. */
  async function seenOf(ask: () => Promise<unknown>): Promise<Seen> {
    seen = {};
    await ask();
    const told = join(scratch().folder, "told");
    if (existsSync(told)) seen.told = JSON.parse(await scratch().read("told"));
    await rm(told, { force: true });
    // What is empty is left out by one and not by the other.
    return JSON.parse(
      JSON.stringify(seen, (_, value: unknown) => (value === false || value === null ? undefined : value)),
    ) as Seen;
  }

  async function ours(): Promise<Seen> {
    return seenOf(async () => {
      using api = await KubernetesApi.connect(await clientConfig(readKubeconfig(yaml)));
      await api.text({ path: "/version" });
    });
  }

  const exec = (more: Fields) => {
    const command = "./login";
    return { exec: { apiVersion: "client.authentication.k8s.io/v1", interactiveMode: "Never", command, ...more } };
  };
  const info = (spec: Fields = {}) => ({ kind: "ExecCredential", apiVersion: "client.authentication.k8s.io/v1", spec });

  interface Case {
    readonly files: () => readonly (object | string)[];
    readonly env?: () => Readonly<Record<string, string>>;
    readonly sees: () => Seen;
  }
  const at = (path = "") => ({ server: `https://127.0.0.1:${server.port}${path}` });
  const trusted = (path = "") => ({ ...at(path), "certificate-authority": "ca.crt" });
  const named = { server: "https://cluster.example:6443", "certificate-authority": "ca.crt" };
  const throughProxy = { path: "/version", name: "cluster.example", via: "cluster.example:6443" };
  const cases: Readonly<Record<string, Case>> = {
    "of several files the first to set a value wins, and each names files beside itself": {
      files: () => [
        { "current-context": "", contexts: [{ name: "c", context: { cluster: "k", user: "u" } }] },
        "",
        "# nothing but a comment",
        { ...kubeconfig(trusted("/one")), "current-context": "c", users: [] },
        { ...kubeconfig({ ...at("/two"), "tls-server-name": "x" }, { token: "two" }), "current-context": "d" },
      ],
      sees: () => ({ path: "/one/version", authorization: "Bearer two" }),
    },
    "a certificate in files": {
      files: () => [kubeconfig(trusted(), { "client-certificate": "me.crt", "client-key": "me.key" })],
      sees: () => ({ path: "/version", cert: "me" }),
    },
    "a certificate in the kubeconfig, and another name of the server": {
      files: () => {
        const [ca, cert, key] = [authority.cert, keys.cert, keys.key].map((it) => Buffer.from(it).toString("base64"));
        const cluster = { ...at(), "certificate-authority-data": ca, "tls-server-name": "cluster.example" };
        return [kubeconfig(cluster, { "client-certificate-data": cert, "client-key-data": key })];
      },
      sees: () => ({ path: "/version", name: "cluster.example", cert: "me" }),
    },
    "any certificate of the server, and a password": {
      files: () => [kubeconfig({ ...at(), "insecure-skip-tls-verify": true }, { username: "me", password: "pw" })],
      sees: () => ({ path: "/version", authorization: "Basic bWU6cHc=" }),
    },
    "a file with a token, and another token": {
      files: () => [kubeconfig(trusted(), { tokenFile: "token", token: "old" })],
      sees: () => ({ path: "/version", authorization: "Bearer of-file" }),
    },
    "a token where its file is missing": {
      files: () => [kubeconfig(trusted(), { tokenFile: "none", token: "old" })],
      sees: () => ({ path: "/version", authorization: "Bearer old" }),
    },
    "whom to act as": {
      files: () => {
        const as = { as: "you", "as-uid": "7", "as-groups": ["a", "b"], "as-user-extra": { "x/y": ["1", "2"] } };
        return [kubeconfig(trusted(), { token: "t", ...as })];
      },
      sees: () => ({
        ...{ path: "/version", authorization: "Bearer t", "impersonate-user": "you", "impersonate-uid": "7" },
        ...{ "impersonate-group": "a, b", "impersonate-extra-x%2fy": "1, 2" },
      }),
    },
    "a cluster's proxy": {
      files: () => [kubeconfig({ ...named, "proxy-url": proxy.url }, { token: "t" })],
      env: () => ({ HTTPS_PROXY: "http://127.0.0.1:1" }),
      sees: () => ({ ...throughProxy, authorization: "Bearer t" }),
    },
    "a SOCKS proxy, which looks up the name": {
      files: () => [kubeconfig({ ...named, "proxy-url": `socks5://${socks.address}` }, { token: "t" })],
      sees: () => ({ ...throughProxy, authorization: "Bearer t" }),
    },
    HTTPS_PROXY: {
      files: () => [kubeconfig(named, { token: "t" })],
      env: () => ({ HTTPS_PROXY: proxy.address, HTTP_PROXY: "http://127.0.0.1:1", NO_PROXY: "other.example,.cluster.example" }),
      sees: () => ({ ...throughProxy, authorization: "Bearer t" }),
    },
    "a login program, which is told how it is called": {
      files: () => [kubeconfig(trusted(), exec({ env: [{ name: "KUBERNETES_EXEC_INFO", value: "x" }] }))],
      sees: () => ({ path: "/version", authorization: "Bearer of-program", told: info({}) }),
    },
    "a login program that wants to know the cluster": {
      files: () => {
        const extension = { name: "client.authentication.k8s.io/exec", extension: { audience: "x" } };
        const cluster = { ...named, "proxy-url": proxy.url, "tls-server-name": "cluster.example", extensions: [extension] };
        return [kubeconfig(cluster, exec({ provideClusterInfo: true }))];
      },
      sees: () => ({
        ...{ ...throughProxy, authorization: "Bearer of-program" },
        told: info({
          cluster: {
            ...{ server: named.server, "tls-server-name": "cluster.example", "proxy-url": proxy.url, config: { audience: "x" } },
            "certificate-authority-data": Buffer.from(authority.cert).toString("base64"),
          },
        }),
      }),
    },
  };
  for (const [name, { files, env, sees }] of Object.entries(cases))
    it(name, async function () {
      const login = `printf %s "$KUBERNETES_EXEC_INFO" > ${scratch().folder}/told
        echo '{"kind":"ExecCredential","apiVersion":"client.authentication.k8s.io/v1","status":{"token":"of-program"}}'`;
      const paths: string[] = [];
      for (const [i, content] of files().entries()) {
        paths.push(await scratch().file(`${i}/config`, typeof content === "string" ? content : yaml.stringify(content)));
        await scratch().file(`${i}/ca.crt`, authority.cert);
        await scratch().file(`${i}/me.crt`, keys.cert);
        await scratch().file(`${i}/me.key`, keys.key);
        await scratch().file(`${i}/token`, "of-file\n");
        await scratch().program("login", login, join(scratch().folder, String(i)));
      }
      Object.assign(process.env, { KUBECONFIG: paths.join(delimiter), ...env?.() });
      assert.deepEqual(await ours(), sees());
      if (kubectl === undefined) return;
      const program = kubectl;
      assert.deepEqual(
        await seenOf(() => run(program, ["get", "--raw", "/version"], { limitMs: 20_000 })),
        sees(),
        "kubectl itself",
      );
    });
});
