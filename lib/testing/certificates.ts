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

/** An authority of a test's own. @param endsInMs when its certificate runs out, from now; negative: it has */
export async function makeAuthority(subject = "CN=An authority of the tests", endsInMs = hourMs) {
  const keys = await webcrypto.subtle.generateKey(algorithm, true, ["sign", "verify"]);
  const sign = (of: string, publicKey: webcrypto.CryptoKey, extension: Extension) =>
    X509CertificateGenerator.create(
      {
        ...{ subject: of, issuer: subject, publicKey, signingKey: keys.privateKey, signingAlgorithm: algorithm },
        ...{ notBefore: new Date(Date.now() - 2 * hourMs), notAfter: new Date(Date.now() + endsInMs), extensions: [extension] },
      },
      webcrypto,
    );
  const own = await sign(subject, keys.publicKey, new BasicConstraintsExtension(true, undefined, true));
  return {
    /** Its certificate, as PEM. */
    cert: own.toString("pem"),
    /** A key and a certificate for names and addresses of a server, as PEM. */
    async issue(...names: readonly string[]): Promise<{ readonly key: string; readonly cert: string }> {
      const { privateKey, publicKey } = await webcrypto.subtle.generateKey(algorithm, true, ["sign", "verify"]);
      const hosts = names.map((value) => ({ type: isIP(value) === 0 ? ("dns" as const) : ("ip" as const), value }));
      const certificate = await sign(`CN=${names[0]}`, publicKey, new SubjectAlternativeNameExtension(hosts));
      const key = PemConverter.encode(await webcrypto.subtle.exportKey("pkcs8", privateKey), "PRIVATE KEY");
      return { key, cert: certificate.toString("pem") };
    },
  };
}
