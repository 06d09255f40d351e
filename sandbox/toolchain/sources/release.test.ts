import assert from "node:assert/strict";
import { readFile, stat } from "node:fs/promises";
import { fromRelease } from "./release";
import { buildIn, planet } from "../testing/planet";
import { Refusal } from "../tool";
import { skipBecause } from "../../../lib/testing/skip";
import { closedPort, downloadSite, programBytes, sha256, tarball } from "../testing/download-site";
import { Scratch } from "../../../lib/testing/scratch";

const architecture = process.arch === "arm64" ? "arm64" : "amd64";
const program = programBytes("planet 1.5.0");

describe("an official release", () => {
  before(function () {
    if (process.platform !== "linux") skipBecause(this, "releases are fetched on Linux only");
  });

  const plain = { ...planet, release: { url: "https://example.org/v1.5.0/{arch}/{binary}", checksumSuffix: ".sha256" } };
  const archive = { url: "https://example.org/planet-{arch}.tgz", member: "planet-{arch}/bin/{binary}" };
  const archived = { ...planet, binaries: ["planet", "moon"], release: archive };
  const path = `/v1.5.0/${architecture}/planet`;
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
    await using site = await machine({ [path]: program, [`${path}.sha256`]: `${sha256(program)}  planet\n` }, "/");
    const { binaries } = await fromRelease(plain, site.build);
    const file = binaries["planet"] ?? "";
    assert.deepEqual(await readFile(file), program);
    assert.equal((await stat(file)).mode & 0o777, 0o755);
    assert.deepEqual(site.asked, [path, `${path}.sha256`]);
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

  it("is refused when its checksum differs, or the file holds no checksum", async () => {
    const files: Record<string, Buffer | string> = { [path]: program };
    await using site = await machine(files);
    for (const [content, said] of [
      ["0".repeat(64), "0".repeat(64)],
      ["<html>", "nothing"],
    ] as const) {
      files[`${path}.sha256`] = content;
      const refusal = new Refusal(`the download is ${sha256(program)}, but ${site.url}${path}.sha256 says ${said}`);
      await assert.rejects(fromRelease(plain, site.build), refusal);
    }
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
    const port = await closedPort();
    process.env.PLANO_AFFINITY_RELEASES = `http://127.0.0.1:${port}`;
    const refusal = new Refusal(`127.0.0.1:${port} cannot be reached: connect ECONNREFUSED 127.0.0.1:${port}`);
    await assert.rejects(fromRelease(plain, buildIn(scratch)), refusal);
    await using site = await downloadSite({ [path]: program, [`${path}.sha256`]: sha256(program) }, port);
    await assert.rejects(fromRelease(plain, buildIn(scratch)), refusal);
    assert.deepEqual(site.asked, []);
  });

  it("is not blamed on the site when the run was interrupted", async () => {
    await using site = await machine({ [path]: program, [`${path}.sha256`]: sha256(program) });
    const signal = AbortSignal.abort(new Error("interrupted"));
    await assert.rejects(fromRelease(plain, { ...site.build, signal }), { message: "interrupted" });
    assert.ok((await fromRelease(plain, site.build)).binaries["planet"]);
  });
});
