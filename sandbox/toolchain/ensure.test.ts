import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { readdir, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { silentProgress } from "../../lib/progress";
import { waitFor } from "../../lib/wait";
import { cacheFolder } from "./cache";
import { ensureTool, ensureTools } from "./ensure";
import { tools } from "./tools";
import { linuxOnly } from "../../lib/testing/skip";
import { freePort } from "../../standin/testing/redis";
import { downloadSite, programBytes, tarball } from "./testing/download-site";
import { buildsOf, standInGo } from "./testing/go-stand-in";
import { planet } from "./testing/planet";
import { Scratch } from "../../lib/testing/scratch";

describe("the tool chain", () => {
  linuxOnly("releases are fetched on Linux only");

  /** A machine on which no release can be reached. @param go the Go that it has; default: none */
  const offline = async (go?: Parameters<typeof standInGo>[2]): Promise<Scratch> => {
    const scratch = await Scratch.make();
    process.env.PLANO_AFFINITY_RELEASES = `http://127.0.0.1:${await freePort()}`;
    if (go !== undefined) await standInGo(scratch, ["coredns"], go);
    return scratch;
  };
  const coredns = async (signal?: AbortSignal): Promise<string> => {
    const { coredns: tool } = await ensureTools(["coredns"], silentProgress, signal);
    return `${tool.origin}: ${await readFile(tool.binaries["coredns"] ?? "", "utf8")}`;
  };
  /** What is left in the cache, without the locks. */
  const kept = async (scratch: Scratch): Promise<string[]> =>
    (await readdir(scratch.tools)).filter((it) => !it.endsWith(".lock"));

  it("asks PATH first, then for the release, without asking for Go", async () => {
    await using scratch = await Scratch.make("/usr/bin:/bin");
    await scratch.program("etcd", "echo etcd Version: 3.5.9");
    const architecture = process.arch === "arm64" ? "arm64" : "amd64";
    const file = `/cloudnativelabs/kube-router/releases/download/v2.1.0/kube-router_2.1.0_linux_${architecture}.tar.gz`;
    await using site = await downloadSite({ [file]: await tarball({ "kube-router": programBytes("router") }) });
    process.env.PLANO_AFFINITY_RELEASES = site.url;
    await standInGo(scratch, ["kube-router"]);
    const { etcd, "kube-router": router } = await ensureTools(["etcd", "kube-router"], silentProgress);
    assert.deepEqual([etcd.origin, etcd.version, router.origin], ["path", "3.5.9", "release"]);
    assert.deepEqual([site.asked, existsSync(join(scratch.folder, "builds"))], [[file], false]);
  });

  it("then Go, at once where the release's site refuses, and once for all runs", async () => {
    await using scratch = await offline({});
    const since = performance.now();
    for (const _ of ["built", "found"]) assert.equal(await coredns(), "go: built coredns\n");
    assert.ok(performance.now() - since < 5_000, "a refused connection is no reason to wait");
    assert.equal(await buildsOf(scratch), 1);
  });

  const failed = /^coredns 1\.14\.6 could not be built: `go build .*` exited with 1:\n  dns\.go:7: undefined: x$/;
  const full =
    /^the disk is full at \S+ while coredns was being made\. Nothing half-made was kept; free about 8 GiB and run again\.$/;
  for (const [what, said, message] of [
    ["failed", "dns.go:7: undefined: x", failed],
    ["found the disk full", "write: no space left on device", full],
  ] as const) {
    it(`keeps nothing of a build that ${what}, and says so`, async () => {
      await using scratch = await offline({ build: `echo half > "$out/coredns"; echo "${said}" >&2; exit 1` });
      await assert.rejects(coredns(), { name: "Error", message });
      assert.deepEqual(await kept(scratch), []);
    });
  }

  it("keeps nothing of a build that was interrupted", async () => {
    await using scratch = await offline({ build: 'echo half > "$out/coredns"; exec sleep 60' });
    const controller = new AbortController();
    const making = coredns(controller.signal);
    await waitFor({ subject: "the build", limitMs: 30_000, intervalMs: 10 }, () => buildsOf(scratch));
    controller.abort(new Error("interrupted"));
    await assert.rejects(making, { message: "interrupted" });
    assert.deepEqual(await kept(scratch), []);
    await standInGo(scratch, ["coredns"]);
    assert.equal(await coredns(), "go: built coredns\n");
  });

  it("ends a build whose cache is cleaned, and says what to do", async () => {
    await using scratch = await offline({ build: "exec sleep 60" });
    const making = coredns();
    making.catch(() => undefined);
    const pid = await waitFor({ subject: "the build", limitMs: 30_000, intervalMs: 10 }, async () => {
      return Number(await scratch.read("pid")) || undefined;
    });
    await rm(join(scratch.folder, "cache"), { recursive: true });
    const folder = await cacheFolder(tools.coredns);
    await assert.rejects(making, { message: `${folder} was removed or changed while this run used it; run again` });
    assert.throws(() => process.kill(pid, 0), { code: "ESRCH" });
  });

  it("gives each source's answer and what helps when no source has a tool", async () => {
    await using scratch = await offline();
    const site = new URL(process.env.PLANO_AFFINITY_RELEASES ?? "").host;
    await scratch.program("runc", "echo runc version 1.0.0");
    const unreachable = `${site} cannot be reached: connect ECONNREFUSED ${site}`;
    const { message } = await ensureTools(["runc"], silentProgress).then(
      () => assert.fail("it was made"),
      (error: unknown) => error as Error,
    );
    assert.equal(
      message.replace(/`apt-get [^`]*`/, "`apt-get`"),
      "could not find, download or build runc 1.4.3 (starts the sandbox's containers). path: found 1.0.0, needs at least 1.1.0; " +
        `release: ${unreachable}; go: is not built from Go modules; package: \`apt-get\` is not installed.\n` +
        "What helps: put runc on PATH, or let its official release be downloaded, or use a Debian-like system, " +
        "which has the package runc; `npm run doctor` shows all that is missing.",
    );
    await assert.rejects(
      ensureTool(planet, silentProgress),
      /path: not looked for on PATH: .*; release: has no official release; go: is not .* Go modules; package: is no package/,
    );
    await assert.rejects(
      ensureTools(["coredns"], silentProgress),
      /; go: Go is not installed; .*\nWhat helps: let its official release be downloaded, or install Go 1\.26\.4 or newer, and it is built;/,
    );
  });

  it("stops the other builds when one fails, and starts no more", async () => {
    await using scratch = await offline({
      build: 'case "$PWD" in *cluster) exec sleep 60;; *) sleep 0.2; echo no such luck >&2; exit 1;; esac',
    });
    const titles: string[] = [];
    const progress = {
      ...silentProgress,
      step: <T>(title: string, work: (detail: () => void) => Promise<T>) => (titles.push(title), work(() => undefined)),
    };
    await assert.rejects(
      ensureTools(["coredns", "jaeger", "etcd"], progress),
      /^Error: jaeger 2\.13\.0 could not be built: [^]*no such luck$/,
    );
    assert.deepEqual(titles.sort(), ["coredns 1.14.6", "jaeger 2.13.0"]);
    assert.deepEqual(await kept(scratch), []);
  });

  it("stops at a mirror's invalid address, instead of building for minutes", async () => {
    await using _ = await offline({});
    process.env.PLANO_AFFINITY_RELEASES = "here";
    const mirror = "must be the URL of a mirror, such as https://mirror.example/releases";
    await assert.rejects(coredns(), new Error(`PLANO_AFFINITY_RELEASES is "here", and ${mirror}`));
  });

  it("says at once that the cache cannot be written", async () => {
    await using scratch = await Scratch.make();
    process.env.XDG_CACHE_HOME = await scratch.file("a-file", "");
    await assert.rejects(ensureTool(planet, silentProgress), { code: "ENOTDIR" });
  });
});
