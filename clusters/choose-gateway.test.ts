import assert from "node:assert/strict";
import { mkdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { scratchPerTest } from "../lib/testing/scratch";
import { planoEntrypoint } from "../sandbox/images/testing/registry";
import { pulledFile } from "../sandbox/images/plano";
import { type ImageConfig, WrongImage } from "../sandbox/images/saved";
import { sandboxFolder } from "../sandbox/lifecycle/registry";
import { nodePaths } from "../sandbox/node/spec";
import { chooseGateway, type ImageFinder } from "./choose-gateway";

type Settings = Parameters<typeof chooseGateway>[0];

describe("the gateway", () => {
  scratchPerTest();

  const architecture = process.arch === "arm64" ? "arm64" : "amd64";
  const plano: ImageConfig = { architecture, os: "linux", rootfs: {}, config: { Entrypoint: planoEntrypoint } };
  const defaults: Settings = {
    ...{ gateway: "auto", image: undefined, registry: undefined, planoVersion: "0.4.27" },
    ...{ clusterName: "demo", standinFault: "none" },
  };
  const absent = new Error("the host registry-1.docker.io is not known on this machine");

  /** @param found what the registry, or the archive, holds; an error: what it says */
  async function choose(
    changed: Partial<Settings>,
    found: ImageConfig | Error = plano,
    kind: "sandbox" | "kind" | "existing" = "sandbox",
  ) {
    const [asked, told]: [string[], string[]] = [[], []];
    const look = async (what: string) => {
      asked.push(what);
      if (found instanceof Error) throw found;
      return found;
    };
    const finder: ImageFinder = { lookUp: look, read: async (file) => ({ config: await look(file), digest: "abc", tags: [] }) };
    return { ...(await chooseGateway({ ...defaults, ...changed }, kind, finder, (text) => told.push(text))), asked, told };
  }

  /** A sandbox that has been made, with these images. */
  async function made(...images: string[]): Promise<void> {
    const paths = nodePaths(sandboxFolder("demo"));
    for (const file of [paths.kubeconfig, ...images.map((it) => join(paths.images, it))]) {
      await mkdir(dirname(file), { recursive: true });
      await writeFile(file, "");
    }
  }

  const reference = "docker.io/katanemo/plano:0.4.27";

  it("is Plano in a sandbox where its image can be pulled, and else the stand-in, which says why", async () => {
    assert.deepEqual(await choose({}), { gateway: "plano", planoImage: { reference }, asked: [reference], told: [] });
    const { gateway, told } = await choose({}, absent);
    assert.equal(gateway, "standin");
    assert.deepEqual(told, [
      `gateway: the stand-in, not Plano itself, because ${reference} cannot be pulled here: ${absent.message}`,
    ]);
  });

  it("asks no registry again for a sandbox that has one, nor for what was pulled before", async () => {
    await made("standin-0.tar");
    assert.deepEqual((await choose({})).asked, []);
    const file = pulledFile(reference);
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, "");
    assert.deepEqual(await choose({ gateway: "plano" }, absent), {
      gateway: "plano",
      planoImage: { reference },
      asked: [],
      told: [],
    });
  });

  it("is never the stand-in in a sandbox that has Plano, nor where Plano or an image is asked for", async () => {
    const refused = {
      message: /^gateway: docker\.io\/.* cannot be pulled here: .*\n {2}→ pulumi config set image \/path/,
    };
    await assert.rejects(choose({ gateway: "plano" }, absent), refused);
    const unknown = new WrongImage("docker.io/me/plano:latest: not found");
    await assert.rejects(choose({ image: "me/plano" }, unknown), { message: /^gateway: docker\.io\/me\/plano:latest cannot/ });
    await made("plano-0.tar", "standin-0.tar");
    await assert.rejects(choose({ planoVersion: "0.4.26" }, absent), refused);
  });

  it("is left to the node to pull, as an image that was given, where this machine cannot", async () => {
    const { gateway, planoImage, told } = await choose({ gateway: "plano", image: "me/plano" }, absent);
    assert.deepEqual([gateway, planoImage], ["plano", undefined]);
    assert.match(told.join(), /^image: left to the node, because docker\.io\/me\/plano:latest cannot be pulled here: /);
    assert.equal((await choose({ image: "me/standin" }, absent)).gateway, "standin");
  });

  it("is said to be a release that was not examined, unless it is the stand-in", async () => {
    for (const kind of ["sandbox", "existing"] as const)
      assert.deepEqual((await choose({ planoVersion: "0.4.39" }, plano, kind)).told, [
        "gateway: Plano 0.4.39 was not examined: it is configured as 0.4.36 is, and the proof decides.",
      ]);
    assert.deepEqual((await choose({ planoVersion: "0.4.39", gateway: "standin" })).told, []);
  });

  it("comes from an archive, unless that is no image of Plano for this machine", async () => {
    const { planoImage, asked } = await choose({ image: "./plano.tar" });
    const archive = join(process.cwd(), "plano.tar");
    assert.deepEqual([planoImage, asked], [{ archive, digest: "abc" }, [archive]]);
    const other = { ...plano, config: { Entrypoint: ["redis-server"] } };
    await assert.rejects(choose({ image: "./plano.tar" }, other), {
      message: /^image: it is no image of Plano: it starts redis-server/,
    });
    await assert.rejects(choose({ image: "./plano.tar" }, { ...plano, architecture: "s390x" }), {
      message: /it is for linux\/s390x/,
    });
  });

  it("is pulled by a cluster that can, and the stand-in where that is wanted", async () => {
    for (const kind of ["kind", "existing"] as const)
      assert.deepEqual(await choose({}, absent, kind), { gateway: "plano", asked: [], told: [] });
    assert.deepEqual(await choose({ gateway: "standin" }), { gateway: "standin", asked: [], told: [] });
    assert.equal((await choose({ standinFault: "memory" as Settings["standinFault"] })).gateway, "standin");
  });
});
