import assert from "node:assert/strict";
import { join } from "node:path";
import { makeAuthority } from "../lib/testing/certificates";
import { scratchPerTest } from "../lib/testing/scratch";
import { caBundle } from "./ca-bundle";

describe("caBundle", () => {
  const scratch = scratchPerTest();

  const parse = async (content: string) => {
    const file = await scratch().file("ca.pem", content);
    const parsed = caBundle(file);
    return "reason" in parsed ? parsed.reason.replace(file, "FILE") : parsed.value;
  };

  it("is the certificates of a file, without what else people write there", async () => {
    const [one, two] = [await makeAuthority("CN=One"), await makeAuthority("CN=Two")];
    assert.equal(await parse(`# One\n${one.cert}\n\nTwo:\r\n${two.cert}`), `${one.cert}\n${two.cert}\n`);
  });

  it("is refused with the name and the date of a certificate that has expired, wherever it stands", async () => {
    const old = await makeAuthority("CN=Old Root, O=Example", -60_000);
    const date = new Date(Date.now() - 60_000).toISOString().slice(0, 10);
    const said = await parse(`${(await makeAuthority()).cert}\n${old.cert}`);
    assert.equal(said, `FILE: the certificate of CN=Old Root, O=Example expired on ${date}`);
  });

  it("is refused with a private key in it, whatever its form, and does not repeat it", async () => {
    const { cert, key } = await (await makeAuthority()).issue("example.com");
    for (const form of ["", "EC ", "ENCRYPTED "]) {
      const said = await parse(`${cert}\n${key.replaceAll("PRIVATE", `${form}PRIVATE`)}`);
      assert.equal(said, "FILE: a private key is in it; leave only certificates there");
    }
  });

  const damaged = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----";
  const remedy = "name your own authorities only, public ones are trusted";
  for (const [what, content, reason] of [
    ["that is in DER", "\x30\x82\x01", "FILE: no certificate in PEM form (-----BEGIN CERTIFICATE-----) is in it"],
    ["that is damaged", damaged, "FILE: certificate 1 of 1 cannot be read"],
    ["that is too large", "x".repeat(200_000), `FILE: it has more than 100 KiB; ${remedy}`],
  ] as const)
    it(`is refused ${what}`, async () => assert.equal(await parse(content), reason));

  it("is refused where there is no such file, with the whole path", () => {
    assert.deepEqual(caBundle("nowhere.pem"), { reason: `${join(process.cwd(), "nowhere.pem")}: it cannot be read (ENOENT)` });
  });
});
