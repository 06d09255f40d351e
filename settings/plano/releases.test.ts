import assert from "node:assert/strict";
import { models, priceListPath } from "../../components/plano/plano-config";
import { configSchema } from "./config-schema";
import {
  keepingRelease,
  neverTagged,
  newestKnown,
  pinLimits,
  pinTerms,
  planoReleases,
  releaseOf,
  unexaminedNote,
  versionsOf,
} from "./releases";
import { type PriceList, stubHandler } from "../../standin/stub/server";
import { listen } from "../../standin/http";

describe("the table of Plano's releases", () => {
  const versions = planoReleases.flatMap(versionsOf);

  it("has each release up to the newest once, in order, but for those without a tag", () => {
    const all = Array.from({ length: 37 }, (_, i) => `0.4.${i}`).filter((version) => !neverTagged.includes(version));
    assert.deepEqual(versions, all);
    assert.equal(versions.at(-1), newestKnown);
  });

  it("takes a newer release for the newest, schema included, and says so", () => {
    for (const version of ["0.4.37", "0.5.1", "1.0.0"]) {
      assert.equal(releaseOf(version), planoReleases.at(-1));
      assert.deepEqual(configSchema(version), configSchema(newestKnown));
    }
    assert.equal(unexaminedNote("0.5.1"), "Plano 0.5.1 was not examined: it is configured as 0.4.36 is, and the proof decides.");
    assert.deepEqual([unexaminedNote("0.4.36"), unexaminedNote("0.4.9")], [undefined, undefined]);
  });

  it("finds releases, and refuses to render for those that keep nothing", () => {
    assert.equal(releaseOf("0.4.27")?.keeps, "fixed");
    assert.equal(releaseOf("0.4.28")?.keeps, undefined);
    assert.deepEqual([releaseOf("0.4.21"), releaseOf("0.3.9")], [undefined, undefined]);
    assert.throws(() => keepingRelease("0.4.28"), /^Error: Plano 0\.4\.28 does not keep a session on its model$/);
  });
});

describe("pins of a release", () => {
  it("live as configured, or as the release has it", () => {
    assert.deepEqual(pinTerms("0.4.27", 90), { kind: "fixed", ttlSeconds: 90 });
    assert.deepEqual(pinTerms("0.4.35", 600), { kind: "anchored", ttlSeconds: 360 });
    assert.deepEqual(pinTerms("0.4.36", 600), { kind: "anchored", ttlSeconds: 300 });
  });

  it("have limits where a budget holds them", () => {
    assert.equal(pinLimits("fixed"), undefined);
    assert.match(pinLimits("anchored") ?? "", /system prompt and tools stay the same.* used while Redis is away/);
  });
});

describe("the stub's price list", () => {
  it("prices every model that the configuration names alike, above what staying costs", async () => {
    const { server, port } = await listen(0, stubHandler(0));
    const list = (await (await fetch(`http://127.0.0.1:${port}${priceListPath}`)).json()) as PriceList;
    server.close();
    server.closeAllConnections();
    for (const name of Object.values(models)) {
      const [provider = "", model = ""] = name.split("/");
      assert.deepEqual(list[provider]?.models[model], { cost: { input: 1, output: 1, cache_read: 0.1 } }, name);
    }
  });
});
