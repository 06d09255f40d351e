import assert from "node:assert/strict";
import { readFile, stat } from "node:fs/promises";
import { basename } from "node:path";
import { checksums } from "../checksums";
import { downloadsOf, fromRelease } from "./release";
import { buildIn, planet } from "../testing/planet";
import { Refusal, type Tool } from "../tool";
import { tools } from "../tools";
import { linuxOnly } from "../../../lib/testing/skip";
import { freePort } from "../../../standin/testing/redis";
import { downloadSite, programBytes, sha256, tarball } from "../testing/download-site";
import { Scratch } from "../../../lib/testing/scratch";

const architecture = process.arch === "arm64" ? "arm64" : "amd64";
const program = programBytes("planet 1.5.0");

describe("an official release", () => {
  linuxOnly("releases are fetched on Linux only");

  const plain = { ...planet, release: { url: "https://example.org/v1.5.0/{arch}/{binary}" } };
  const archive = { url: "https://example.org/planet-{arch}.tgz", member: "planet-{arch}/bin/{binary}" };
  const archived = { ...planet, binaries: ["planet", "moon"], release: archive };
  const path = `/v1.5.0/${architecture}/planet`;
  const pinned = (content: Buffer) => ({ [`https://example.org${path}`]: sha256(content) });
  /** A machine whose mirror of releases has these files. */
  const machine = async (files: Parameters<typeof downloadSite>[0], mirror = "") => {
    const scratch = await Scratch.make("/usr/bin:/bin");
    const { [Symbol.asyncDispose]: close, ...site } = await downloadSite(files);
    process.env.PLANO_AFFINITY_RELEASES = `${site.url}${mirror}`;
    const dispose = async (): Promise<void> => {
      await close();
      await scratch[Symbol.asyncDispose]();
    };
    return { ...site, build: buildIn(scratch), [Symbol.asyncDispose]: dispose };
  };

  it("that is a bare file is downloaded, checked and made executable", async () => {
    await using site = await machine({ [path]: program }, "/");
    const { binaries } = await fromRelease(plain, site.build, pinned(program));
    const file = binaries["planet"] ?? "";
    assert.deepEqual(await readFile(file), program);
    assert.equal((await stat(file)).mode & 0o777, 0o755);
    assert.deepEqual(site.asked, [path]);
  });

  it("that is an archive is downloaded once, and gives every program", async () => {
    const inside = `planet-${architecture}/bin`;
    const content = await tarball({ [`${inside}/planet`]: program, [`${inside}/moon`]: programBytes("moon") });
    await using site = await machine({ [`/mirror/planet-${architecture}.tgz`]: content }, "/mirror");
    const { binaries } = await fromRelease(archived, site.build);
    assert.deepEqual(await readFile(binaries["planet"] ?? ""), program);
    assert.deepEqual(await readFile(binaries["moon"] ?? ""), programBytes("moon"));
    assert.equal(site.asked.length, 1);
  });

  it("is refused when it is not what was pinned, from a mirror too", async () => {
    await using site = await machine({ [path]: program });
    const [is, wanted] = [sha256(program), sha256(programBytes("moon"))];
    const refusal = new Refusal(`${site.url}${path} is not the file that it was: its SHA-256 is ${is} and must be ${wanted}`);
    await assert.rejects(fromRelease(plain, site.build, pinned(programBytes("moon"))), refusal);
  });

  it("is pinned for each part of the sandbox but those for which no public list has a checksum", () => {
    const urls = Object.keys(checksums);
    assert.ok(Object.values(checksums).every((it) => /^[0-9a-f]{64}$/.test(it)));
    const released = Object.values<Tool>(tools).filter((it) => it.release !== undefined);
    const used = released.flatMap((it) =>
      downloadsOf(it, "amd64")
        .concat(downloadsOf(it, "arm64"))
        .map(([, url]) => url),
    );
    const unpinned = used.filter((it) => !urls.includes(it)).map((it) => basename(it));
    assert.deepEqual(unpinned.sort(), [
      "jaeger-2.13.0-linux-arm64.tar.gz",
      "kube-router_2.1.0_linux_amd64.tar.gz",
      "kube-router_2.1.0_linux_arm64.tar.gz",
      "pulumi-v3.276.0-linux-arm64.tar.gz",
      "pulumi-v3.276.0-linux-x64.tar.gz",
    ]);
    assert.deepEqual(
      urls.filter((it) => !used.includes(it)),
      [],
    );
  });

  it("is refused when the site has no such file", async () => {
    await using site = await machine({});
    await assert.rejects(fromRelease(plain, site.build), new Refusal(`${site.url}${path} answers 404`));
    // It answered: the next file may well be there.
    await assert.rejects(fromRelease(archived, site.build), /planet-\w+\.tgz answers 404$/);
    assert.equal(site.asked.length, 2);
  });

  it("is refused when a page, or an archive without the program, came in its place", async () => {
    const page = "<html>Please log in</html>";
    const name = `/planet-${architecture}.tgz`;
    const files: Record<string, Buffer | string> = { [name]: page, "/planet": page };
    await using site = await machine(files);
    const message = new RegExp(`^${site.url}${name} is no archive: `);
    await assert.rejects(fromRelease(archived, site.build), { name: "Refusal", message });
    files[name] = await tarball({ [`planet-${architecture}/bin/planet`]: program });
    await assert.rejects(fromRelease(archived, site.build), new Refusal(`${site.url}${name} holds no program moon`));
    const bare = { ...planet, release: { url: "https://example.org/planet" } };
    await assert.rejects(fromRelease(bare, site.build), new Refusal(`${site.url}/planet holds no program planet`));
  });

  it("is not asked for again at a site that could not be reached", async () => {
    await using scratch = await Scratch.make();
    const port = await freePort();
    process.env.PLANO_AFFINITY_RELEASES = `http://127.0.0.1:${port}`;
    const refusal = new Refusal(`127.0.0.1:${port} cannot be reached: connect ECONNREFUSED 127.0.0.1:${port}`);
    await assert.rejects(fromRelease(plain, buildIn(scratch)), refusal);
    await using site = await downloadSite({ [path]: program }, port);
    await assert.rejects(fromRelease(plain, buildIn(scratch)), refusal);
    assert.deepEqual(site.asked, []);
  });

  it("is not blamed on the site when the run was interrupted", async () => {
    await using site = await machine({ [path]: program });
    const signal = AbortSignal.abort(new Error("interrupted"));
    await assert.rejects(fromRelease(plain, { ...site.build, signal }), { message: "interrupted" });
    assert.ok((await fromRelease(plain, site.build)).binaries["planet"]);
  });
});
