import assert from "node:assert/strict";
import { X509Certificate } from "node:crypto";
import { mkdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { parse } from "yaml";
import { Scratch } from "../../lib/testing/scratch";
import { ensurePki } from "./pki";
import { certificatesLast, networkOf, nodePaths, type NodeSpec } from "./spec";

describe("the certificates of a sandbox", () => {
  const dayMs = 24 * 3600 * 1000;
  const { now } = Date;
  let scratch: Scratch;
  let spec: NodeSpec;
  let paths: ReturnType<typeof nodePaths>;

  beforeEach(async () => {
    scratch = await Scratch.make();
    spec = { name: "demo", folder: scratch.folder, network: networkOf(0) } as NodeSpec;
    paths = nodePaths(scratch.folder);
    for (const it of [paths.pki, paths.config]) await mkdir(it);
  });
  afterEach(async () => {
    Date.now = now;
    await scratch[Symbol.asyncDispose]();
  });

  const ensureIn = async (days: number): Promise<void> => {
    Date.now = () => now() + days * dayMs;
    await ensurePki(spec);
  };
  const content = (file: string): Promise<string> => readFile(file, "utf8");
  const pki = (file: string): Promise<string> => content(join(paths.pki, file));

  /** Asserts that all of them belong together. @returns the authority's, and the service accounts' key */
  const assertWhole = async (): Promise<readonly [string, string]> => {
    const authority = new X509Certificate(await pki("ca.crt"));
    for (const it of ["admin", "apiserver", "kubelet", "metrics-server-serving", "front-proxy"]) {
      const certificate = new X509Certificate(await pki(`${it}.crt`));
      assert.ok(certificate.verify(authority.publicKey), it);
      assert.ok(Date.parse(certificate.validTo) > Date.now() + 60 * dayMs, it);
    }
    for (const [user, file] of [
      ["admin", paths.kubeconfig],
      ["kubelet", join(paths.config, "kubelet.kubeconfig")],
    ] as const) {
      const { clusters, users } = parse(await content(file)) as Record<string, [{ cluster: object; user: object }]>;
      const base64 = async (name: string): Promise<string> => Buffer.from(await pki(name)).toString("base64");
      assert.equal(Object.entries(clusters?.[0].cluster ?? {})[1]?.[1], await base64("ca.crt"));
      assert.equal(Object.values(users?.[0].user ?? {})[0], await base64(`${user}.crt`));
    }
    return [await pki("ca.crt"), await pki("service-accounts.key")];
  };

  it("stay as long as they last for two months more, and are then made anew, but for the service accounts' key", async () => {
    await ensureIn(0);
    const [authority, key] = await assertWhole();
    await ensureIn(304);
    assert.deepEqual(await assertWhole(), [authority, key]);
    await ensureIn(306);
    const [renewed, kept] = await assertWhole();
    assert.notEqual(renewed, authority);
    assert.equal(kept, key);
    await ensureIn(306 + 304);
    assert.equal(await pki("ca.crt"), renewed);
  });

  for (const torn of [
    "",
    "clusters: [",
    "certificate-authority-data: LS0t\n",
    "certificate-authority-data: LS0t\ncurrent-context: a\n",
  ])
    it(`are made anew where making them was interrupted: the kubeconfig is ${JSON.stringify(torn)}`, async () => {
      await ensureIn(0);
      await scratch.file("kubeconfig", torn);
      assert.equal(certificatesLast(scratch.folder), false);
      await ensureIn(0);
      await assertWhole();
    });

  it("are made anew where renewing them was interrupted", async () => {
    await ensureIn(0);
    const before = await content(paths.kubeconfig);
    await ensureIn(306);
    await scratch.file("kubeconfig", before);
    await ensureIn(306);
    await assertWhole();
  });
});
