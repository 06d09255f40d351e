// x509 builds on decorators, and expects this to be loaded first.
import "reflect-metadata";
import {
  BasicConstraintsExtension,
  type Extension,
  PemConverter,
  SubjectAlternativeNameExtension,
  X509CertificateGenerator,
} from "@peculiar/x509";
import { webcrypto } from "node:crypto";
import { isIP } from "node:net";

const algorithm = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" };
const hourMs = 3_600_000;

type Names = readonly string[];
const makeKeys = () => webcrypto.subtle.generateKey(algorithm, true, ["sign", "verify"]);

/** Signs certificates in a name, with its key; they run out then. */
const signer =
  (issuer: string, signingKey: webcrypto.CryptoKey, endsInMs = hourMs) =>
  (subject: string, publicKey: webcrypto.CryptoKey, extension: Extension) => {
    const term = { notBefore: new Date(Date.now() - 2 * hourMs), notAfter: new Date(Date.now() + endsInMs) };
    const all = { subject, issuer, publicKey, signingKey, signingAlgorithm: algorithm, ...term, extensions: [extension] };
    return X509CertificateGenerator.create(all, webcrypto);
  };

/** A key and a certificate for names and addresses of a server, as PEM. @param by who signs it; default: nobody but itself */
async function certified(names: Names, by?: ReturnType<typeof signer>): Promise<{ readonly key: string; readonly cert: string }> {
  const { privateKey, publicKey } = await makeKeys();
  const hosts = names.map((value) => ({ type: isIP(value) === 0 ? ("dns" as const) : ("ip" as const), value }));
  const subject = `CN=${names[0]}`;
  const sign = by ?? signer(subject, privateKey);
  const certificate = await sign(subject, publicKey, new SubjectAlternativeNameExtension(hosts));
  const key = PemConverter.encode(await webcrypto.subtle.exportKey("pkcs8", privateKey), "PRIVATE KEY");
  return { key, cert: certificate.toString("pem") };
}

/** A key and a certificate for 127.0.0.1 that nobody vouches for, as PEM. */
export const selfSigned = () => certified(["127.0.0.1"]);

/** An authority of a test's own. @param endsInMs when its certificate runs out, from now; negative: it has */
export async function makeAuthority(subject = "CN=An authority of the tests", endsInMs = hourMs) {
  const { privateKey, publicKey } = await makeKeys();
  const sign = signer(subject, privateKey, endsInMs);
  const own = await sign(subject, publicKey, new BasicConstraintsExtension(true, undefined, true));
  /** `cert`: its own certificate, as PEM. */
  return { cert: own.toString("pem"), issue: (...names: Names) => certified(names, sign) };
}
