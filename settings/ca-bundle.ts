import { X509Certificate } from "node:crypto";
import { resolve } from "node:path";
import type { Parser } from "./parsers";
import { textFile } from "./text-file";

/** Authorities of one's own are few; a container gets them in one variable, which Linux limits to 128 KiB. */
const mostKiB = 100;

/** The path of a PEM file with the certificates of authorities. The value is their text, without what else is in the file. */
export const caBundle: Parser<string> = (path) => {
  const file = resolve(path);
  const bad = (reason: string) => ({ reason: `${file}: ${reason}` });
  const read = textFile(file, mostKiB, "; name your own authorities only, public ones are trusted");
  if ("reason" in read) return bad(read.reason);
  const text = read.value;
  if (/-----BEGIN [A-Z ]*PRIVATE KEY-----/.test(text)) return bad("a private key is in it; leave only certificates there");
  const blocks = text.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? [];
  if (blocks.length === 0) return bad("no certificate in PEM form (-----BEGIN CERTIFICATE-----) is in it");
  for (const [i, block] of blocks.entries()) {
    let certificate: X509Certificate;
    try {
      certificate = new X509Certificate(block);
    } catch {
      return bad(`certificate ${i + 1} of ${blocks.length} cannot be read`);
    }
    const { subject, validTo } = certificate;
    if (Date.parse(validTo) < Date.now())
      return bad(
        `the certificate of ${subject.replaceAll("\n", ", ")} expired on ${new Date(validTo).toISOString().slice(0, 10)}`,
      );
  }
  return { value: `${blocks.join("\n")}\n` };
};
