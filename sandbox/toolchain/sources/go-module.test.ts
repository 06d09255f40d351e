import assert from "node:assert/strict";
import { readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { fromGoModule, moduleFolder } from "./go-module";
import { standInGo } from "../testing/go-stand-in";
import { buildIn } from "../testing/planet";
import { Refusal, type Tool } from "../tool";
import { tools } from "../tools";
import { scratchPerTest } from "../../../lib/testing/scratch";

describe("a tool built from its Go module", () => {
  const scratch = scratchPerTest();

  it("is built in the folder that pins it, from nothing but what go.sum accepts", async () => {
    await standInGo(scratch(), ["coredns"], { build: "echo 'go: downloading github.com/miekg/dns v1.1.72' >&2" });
    Object.assign(process.env, { GOFLAGS: "-mod=mod", GOTOOLCHAIN: "auto", CGO_ENABLED: "1" });
    const details: string[] = [];
    await fromGoModule(
      tools.coredns,
      buildIn(scratch(), "making", (text) => details.push(text)),
    );
    assert.deepEqual(details, ["building from its Go module", "downloading github.com/miekg/dns v1.1.72"]);
    assert.equal(await scratch().read("cwd"), `${moduleFolder(tools.coredns)}\n`);
    const flags = ["-trimpath", "-gcflags=all=-dwarf=false -l", "-ldflags", "-s -w ", "-o"];
    const expected = ["build", ...flags, `${join(scratch().folder, "making", "bin")}/`, "./coredns"];
    assert.deepEqual((await scratch().read("arguments")).trim().split("\n"), expected);
    const environment = (await scratch().read("environment")).split("\n");
    for (const it of ["CGO_ENABLED=0", "GOFLAGS=-mod=readonly -buildvcs=false", "GOWORK=off", "GOTOOLCHAIN=local"])
      assert.ok(environment.includes(it), it);
  });

  it("has the version of its release, and the expected names", async () => {
    await standInGo(scratch(), ["server"]);
    const { binaries } = await fromGoModule(tools.etcd, buildIn(scratch()));
    assert.deepEqual(binaries, { etcd: join(scratch().folder, "final", "bin", "etcd") });
    assert.equal(await readFile(binaries.etcd ?? "", "utf8"), "built server\n");
    assert.equal((await stat(binaries.etcd ?? "")).mode & 0o777, 0o755);
    await standInGo(scratch(), ["pulumi"]);
    await fromGoModule(tools.pulumi, buildIn(scratch()));
    assert.match(await scratch().read("arguments"), /^-s -w -X github\.com\/pulumi\/\S+\/version\.Version=v3\.276\.0$/m);
  });

  it("is refused without Go, and with one that is too old", async () => {
    await assert.rejects(fromGoModule(tools.coredns, buildIn(scratch())), new Refusal("Go is not installed"));
    await standInGo(scratch(), ["coredns"], { version: "go1.24.9" });
    const tooOld = new Refusal("Go go1.24.9 is too old, 1.26.4 or newer is needed");
    await assert.rejects(fromGoModule(tools.coredns, buildIn(scratch())), tooOld);
    await assert.rejects(scratch().read("builds"), { code: "ENOENT" });
  });

  for (const tool of Object.values<Tool>(tools).filter((it) => it.go !== undefined)) {
    it(`pins ${tool.name} to the version that is asked for`, async () => {
      const pins = await readFile(join(moduleFolder(tool), "go.mod"), "utf8");
      // One commit of Jaeger has two tags.
      const version = (tool === tools.jaeger ? "1.76.0" : tool.version).replaceAll(".", "\\.");
      assert.match(pins, new RegExp(`^(require |\\t)\\S*${tool.name}\\S* v${version}( |$)`, "m"));
      assert.ok((await stat(join(moduleFolder(tool), "go.sum"))).size > 0);
    });
  }
});
