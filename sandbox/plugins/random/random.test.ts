import assert from "node:assert/strict";
import fc from "fast-check";
import { randomProvider } from "./provider";
import { DEFAULT_SPECIAL, impossibleRecipe, randomText, type TextRecipe } from "./text";
import { isSecret, UNKNOWN, type PropertyMap } from "../rpc/properties";

const recipe: TextRecipe = {
  length: 16,
  upper: true,
  lower: true,
  numeric: true,
  special: true,
  minUpper: 0,
  minLower: 0,
  minNumeric: 0,
  minSpecial: 0,
  overrideSpecial: DEFAULT_SPECIAL,
};
const password = { urn: "urn", type: "random:index/randomPassword:RandomPassword", name: "pw" };
const create = (type: string, inputs: PropertyMap, preview = false) =>
  randomProvider.create({ urn: "urn", type, name: "r", inputs, preview, timeoutSeconds: 0 });

describe("plugins: random text", () => {
  it("keeps to length, classes and minima", () => {
    const minimum = fc.integer({ min: 0, max: 4 });
    fc.assert(
      fc.property(
        minimum,
        minimum,
        minimum,
        minimum,
        fc.integer({ min: 16, max: 40 }),
        (minUpper, minLower, minNumeric, minSpecial, length) => {
          const text = randomText({ ...recipe, length, minUpper, minLower, minNumeric, minSpecial });
          assert.equal(text.length, length);
          assert.ok((text.match(/[A-Z]/g) ?? []).length >= minUpper, text);
          assert.ok((text.match(/[a-z]/g) ?? []).length >= minLower, text);
          assert.ok((text.match(/[0-9]/g) ?? []).length >= minNumeric, text);
          assert.ok((text.match(/[^A-Za-z0-9]/g) ?? []).length >= minSpecial, text);
        },
      ),
      { numRuns: 50 },
    );
  });

  it("uses only what is allowed", () => {
    const only = { ...recipe, length: 200, upper: false, lower: false, numeric: false, overrideSpecial: "#%" };
    assert.match(randomText(only), /^[#%]{200}$/);
  });

  it("says why a recipe is impossible", () => {
    assert.equal(impossibleRecipe(recipe), undefined);
    assert.deepEqual(impossibleRecipe({ ...recipe, length: 0 }), {
      property: "length",
      reason: "must be a whole number of at least 1",
    });
    assert.match(impossibleRecipe({ ...recipe, length: 3, minUpper: 2, minLower: 2 })?.reason ?? "", /is 3, but .* ask for 4/);
    assert.match(
      impossibleRecipe({ ...recipe, upper: false, lower: false, numeric: false, special: false })?.reason ?? "",
      /no kind of character/,
    );
  });
});

describe("plugins: random provider", () => {
  it("keeps a password secret and a string open", async () => {
    const made = await create(password.type, { length: 12 });
    assert.equal(made.id, "none");
    assert.ok(isSecret(made.outputs["result"]), "a password's result is secret");
    const open = await create("random:index/randomString:RandomString", { length: 12 });
    assert.equal(open.id, open.outputs["result"]);
    assert.equal(open.id.length, 12);
  });

  it("shows one id in every notation", async () => {
    const { id, outputs } = await create("random:index/randomId:RandomId", { byteLength: 4, prefix: "x-" });
    const hex = Buffer.from(id, "base64url").toString("hex");
    assert.equal(outputs["hex"], `x-${hex}`);
    assert.equal(outputs["dec"], `x-${Number.parseInt(hex, 16)}`);
    assert.equal(outputs["b64Url"], `x-${id}`);
  });

  it("promises nothing in a preview", async () => {
    const { outputs } = await create(password.type, { length: 12 }, true);
    assert.equal(outputs["result"], UNKNOWN);
  });

  it("replaces on every change, of keepers too", async () => {
    const { changes } = await randomProvider.diff({
      ...password,
      id: "none",
      oldOutputs: {},
      oldInputs: { length: 12, keepers: { a: "1" } },
      newInputs: { length: 12, keepers: { a: "2" } },
    });
    assert.deepEqual(changes, [{ path: ["keepers", "a"], kind: "update", replace: true }]);
  });

  it("refuses a bad length with the property's name", async () => {
    const { failures } = await randomProvider.check({
      ...password,
      oldInputs: undefined,
      newInputs: { length: -1 },
      randomSeed: new Uint8Array(),
    });
    assert.deepEqual(failures, [{ property: "length", reason: "must be a whole number of at least 1" }]);
  });

  it("names an unknown kind and the remedy", async () => {
    await assert.rejects(
      create("random:index/randomPet:RandomPet", {}),
      /r: RandomPet is not among .*RandomPassword.*; install the official plugin: pulumi plugin install resource random/,
    );
  });
});
