import assert from "node:assert/strict";
import fc from "fast-check";
import { randomProvider } from "./provider";
import { secret, UNKNOWN, type PropertyMap } from "../rpc/properties";

const urn = (kind: string) => `urn:pulumi:dev::project::some:a:Component$random:index/r:${kind}::web`;
const create = (kind: string, inputs: PropertyMap) => randomProvider.create(urn(kind), inputs);
const made = async (inputs: PropertyMap) => (await create("RandomString", inputs)).outs["result"] as string;

describe("plugins: the random provider", () => {
  it("makes texts that keep to length, classes and minima", async () => {
    const minimum = fc.integer({ min: 0, max: 4 });
    const minima = fc.record({ minUpper: minimum, minLower: minimum, minNumeric: minimum, minSpecial: minimum });
    await fc.assert(
      fc.asyncProperty(minima, fc.integer({ min: 16, max: 40 }), async (least, length) => {
        const text = await made({ length, ...least });
        assert.equal(text.length, length);
        const classes = { minUpper: /[A-Z]/g, minLower: /[a-z]/g, minNumeric: /[0-9]/g, minSpecial: /[^A-Za-z0-9]/g };
        for (const [key, characters] of Object.entries(classes))
          assert.ok((text.match(characters) ?? []).length >= least[key as keyof typeof classes], `${key}: ${text}`);
      }),
      { numRuns: 50 },
    );
  });

  it("uses only what is allowed, also by the old name of numeric", async () => {
    const only = { length: 200, upper: false, lower: false };
    assert.match(await made({ ...only, numeric: false, overrideSpecial: "#%" }), /^[#%]{200}$/);
    assert.match(await made({ ...only, number: false, overrideSpecial: "#%" }), /^[#%]{200}$/);
  });

  it("keeps a password secret and a string open", async () => {
    const { id, outs } = await create("RandomPassword", { length: 12, special: false });
    assert.equal(id, "none");
    assert.deepEqual(outs["result"], secret((outs["result"] as { value: string }).value));
    const open = await create("RandomString", { length: 12 });
    assert.equal(open.id, open.outs["result"]);
  });

  it("shows one id in every notation", async () => {
    const { id, outs } = await create("RandomId", { byteLength: 4, prefix: "x-" });
    const hex = Buffer.from(id, "base64url").toString("hex");
    assert.equal(outs["hex"], `x-${hex}`);
    assert.equal(outs["dec"], `x-${Number.parseInt(hex, 16)}`);
    assert.equal(outs["b64Url"], `x-${id}`);
  });

  it("replaces on every change, of keepers too, and keeps what defaults or another way to write it leave as it was", async () => {
    const inputs: PropertyMap = { length: 12, special: false, keepers: { a: "1", b: secret("2") } };
    const { id, outs } = await create("RandomPassword", inputs);
    const cases: readonly (readonly [PropertyMap, string[]])[] = [
      [{ ...inputs, numeric: true, minUpper: 0, overrideSpecial: "!@#$%&*()-_=+[]{}<>:?" }, []],
      [{ ...inputs, keepers: { a: "2", b: secret("2") } }, ["keepers"]],
      [{ length: 12, special: false }, ["keepers"]],
      [{ ...inputs, length: UNKNOWN }, ["length"]],
      [{ ...inputs, special: true, number: false }, ["numeric", "special"]],
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
    const kinds = "(RandomPassword, RandomString, RandomId)";
    const cases: readonly (readonly [string, PropertyMap, string?])[] = [
      ["RandomString", { length: 16 }],
      ["RandomString", { length: UNKNOWN }],
      ["RandomPassword", { length: -1 }, `length ${positive}`],
      ["RandomString", { length: 3, minUpper: 2, minLower: 2 }, "length is 3, but the min… properties ask for 4"],
      ["RandomString", { length: 3, ...none }, "no kind of character is allowed: set one of upper, lower, numeric, special"],
      ["RandomId", { byteLength: 1.5 }, `byteLength ${positive}`],
      [
        "RandomPet",
        { length: UNKNOWN },
        `RandomPet is not among what this random plugin makes ${kinds}; install the official plugin: pulumi plugin install resource random`,
      ],
    ];
    for (const [kind, inputs, problem] of cases) {
      const expected = problem === undefined ? { inputs } : { failures: [{ property: "", reason: problem }] };
      assert.deepEqual(await randomProvider.check(urn(kind), {}, inputs), expected);
    }
  });
});
