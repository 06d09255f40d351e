import assert from "node:assert/strict";
import { randomProvider } from "./provider";
import { secret, UNKNOWN, type PropertyMap } from "../rpc/properties";

const urn = (kind: string) => `urn:pulumi:dev::project::some:a:Component$random:index/r:${kind}::web`;
const create = (kind: string, inputs: PropertyMap) => randomProvider.create(urn(kind), inputs);
const made = async (inputs: PropertyMap) => (await create("RandomString", inputs)).outs["result"] as string;

describe("plugins: the random provider", () => {
  it("makes texts of all that is allowed, and nothing else", async () => {
    const classes = { upper: /[A-Z]/, lower: /[a-z]/, numeric: /[0-9]/, special: /[^A-Za-z0-9]/ };
    for (const left of [undefined, ...Object.keys(classes)]) {
      const text = await made({ length: 400, ...(left !== undefined && { [left]: false }) });
      assert.equal(text.length, 400);
      for (const [name, characters] of Object.entries(classes))
        assert.equal(characters.test(text), name !== left, `${name}: ${text}`);
    }
  });

  it("keeps a password secret and a string open", async () => {
    const { id, outs } = await create("RandomPassword", { length: 12, special: false });
    assert.equal(id, "none");
    assert.deepEqual(outs["result"], secret((outs["result"] as { value: string }).value));
    const open = await create("RandomString", { length: 12 });
    assert.equal(open.id, open.outs["result"]);
  });

  it("shows one id in every notation", async () => {
    const { id, outs } = await create("RandomId", { byteLength: 4 });
    const hex = Buffer.from(id, "base64url").toString("hex");
    assert.equal(outs["hex"], hex);
    assert.equal(outs["dec"], String(Number.parseInt(hex, 16)));
    assert.equal(outs["b64Url"], id);
  });

  it("replaces on every change, of keepers too, and keeps what defaults or another way to write it leave as it was", async () => {
    const inputs: PropertyMap = { length: 12, special: false, keepers: { a: "1", b: secret("2") } };
    const { id, outs } = await create("RandomPassword", inputs);
    const cases: readonly (readonly [PropertyMap, string[]])[] = [
      [{ ...inputs, numeric: true }, []],
      [{ ...inputs, keepers: { a: "2", b: secret("2") } }, ["keepers"]],
      [{ length: 12, special: false }, ["keepers"]],
      [{ ...inputs, length: UNKNOWN }, ["length"]],
      [{ ...inputs, special: true, numeric: false }, ["numeric", "special"]],
    ];
    for (const [now, replaces] of cases) {
      const changes = replaces.length > 0;
      assert.deepEqual(await randomProvider.diff(id, urn("RandomPassword"), outs, now), { changes, replaces });
    }
  });

  it("finds on a refresh what the state has, and reads nothing else", async () => {
    const { id, outs } = await create("RandomString", { length: 4 });
    assert.deepEqual(await randomProvider.read(id, urn("RandomString"), outs), { id, props: outs });
    await assert.rejects(
      randomProvider.read("abcd", urn("RandomString"), {}),
      /::web: what the stack did not make cannot be read/,
    );
  });

  it("says which property cannot be used, and why; names an unknown kind and the remedy", async () => {
    const positive = "must be a whole number of at least 1";
    const none = { upper: false, lower: false, numeric: false, special: false };
    const official = "install the official plugin: pulumi plugin install resource random";
    const kinds = "(RandomPassword, RandomString, RandomId)";
    const cases: readonly (readonly [string, PropertyMap, string?])[] = [
      ["RandomString", { length: 16 }],
      ["RandomString", { length: UNKNOWN }],
      ["RandomPassword", { length: -1 }, `length ${positive}`],
      ["RandomString", { length: 3, minUpper: 2 }, `this random plugin knows no minUpper; ${official}`],
      ["RandomString", { length: 3, ...none }, "no kind of character is allowed: set one of upper, lower, numeric, special"],
      ["RandomId", { byteLength: 1.5 }, `byteLength ${positive}`],
      ["RandomPet", { length: UNKNOWN }, `RandomPet is not among what this random plugin makes ${kinds}; ${official}`],
    ];
    for (const [kind, inputs, problem] of cases) {
      const expected = problem === undefined ? { inputs } : { failures: [{ property: "", reason: problem }] };
      assert.deepEqual(await randomProvider.check(urn(kind), {}, inputs), expected);
    }
  });
});
