// x509 builds on decorators, and expects this to be loaded first.
import "reflect-metadata";
import {
  X509CertificateGenerator,
  BasicConstraintsExtension,
  ExtendedKeyUsage,
  ExtendedKeyUsageExtension,
  type Extension,
  KeyUsageFlags,
  KeyUsagesExtension,
  PemConverter,
  SubjectAlternativeNameExtension,
  type X509Certificate,
} from "@peculiar/x509";
import { randomBytes, webcrypto } from "node:crypto";
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { isIP } from "node:net";
import { join } from "node:path";
import { stringify } from "yaml";
import { writeWhole } from "../../lib/files";
import { certificatesLast, nodePaths, type NodeSpec } from "./spec";

const algorithm = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" };
const oneYearMs = 365 * 24 * 3600 * 1000;

/** Who gets a certificate: in Kubernetes the common name is the user, the organization its group. */
interface Subject {
  readonly file: string;
  readonly subject: string;
  /** Host names and addresses of a server. */
  readonly names?: readonly string[];
}

/** A certificate, and its keys. */
interface Certified {
  readonly certificate: X509Certificate;
  readonly keys: webcrypto.CryptoKeyPair;
}

/**
 * Makes the node's certificates and kubeconfigs where they are missing or soon end; a node that is started again keeps its
 * own else, and the keys of its service accounts always.
 * The node's processes run as root beside all keys: but for the kubelet, whose user tells its node, each is the
 * administrator.
 */
export async function ensurePki(spec: NodeSpec): Promise<void> {
  const paths = nodePaths(spec.folder);
  // For a node may then run for long.
  if (certificatesLast(spec.folder, oneYearMs / 6)) return;
  const { nodeAddress, apiServiceAddress } = spec.network;
  const services = ["kubernetes", "kubernetes.default", "kubernetes.default.svc", "kubernetes.default.svc.cluster.local"];
  const apiServer = ["127.0.0.1", nodeAddress, apiServiceAddress, ...services, "localhost"];
  const subjects: readonly Subject[] = [
    { file: "admin", subject: "O=system:masters, CN=admin" },
    { file: "apiserver", subject: "CN=kube-apiserver", names: apiServer },
    { file: "kubelet", subject: "O=system:nodes, CN=system:node:node", names: [nodeAddress, "node"] },
    {
      file: "metrics-server-serving",
      subject: "CN=metrics-server",
      names: ["metrics-server.kube-system.svc", nodeAddress],
    },
    { file: "front-proxy", subject: "CN=front-proxy-client" },
  ];
  const authority = await certify("CN=plano-affinity sandbox", [
    new BasicConstraintsExtension(true, undefined, true),
    new KeyUsagesExtension(KeyUsageFlags.keyCertSign | KeyUsageFlags.cRLSign, true),
  ]);
  await writeWhole(join(paths.pki, "ca.crt"), authority.certificate.toString("pem"));
  await Promise.all(subjects.map((it) => issue(authority, it, paths.pki)));
  const publicKey = join(paths.pki, "service-accounts.pub");
  if (!existsSync(publicKey)) {
    const serviceAccounts = await generateKeys();
    await writeWhole(join(paths.pki, "service-accounts.key"), await pem(serviceAccounts.privateKey), { mode: 0o600 });
    await writeWhole(publicKey, await pem(serviceAccounts.publicKey));
  }
  await writeWhole(join(paths.config, "kubelet.kubeconfig"), await kubeconfig(spec, "kubelet"), { mode: 0o600 });
  await writeWhole(paths.kubeconfig, await kubeconfig(spec, "admin"), { mode: 0o600 });
}

async function issue(authority: Certified, { file, subject, names }: Subject, folder: string): Promise<void> {
  const extensions = [
    new KeyUsagesExtension(KeyUsageFlags.digitalSignature | KeyUsageFlags.keyEncipherment, true),
    new ExtendedKeyUsageExtension([ExtendedKeyUsage.clientAuth, ExtendedKeyUsage.serverAuth]),
  ];
  const hosts = (names ?? []).map((value) => ({ type: isIP(value) === 0 ? ("dns" as const) : ("ip" as const), value }));
  const { certificate, keys } = await certify(
    subject,
    hosts.length === 0 ? extensions : [...extensions, new SubjectAlternativeNameExtension(hosts)],
    authority,
  );
  await writeWhole(join(folder, `${file}.crt`), certificate.toString("pem"));
  await writeWhole(join(folder, `${file}.key`), await pem(keys.privateKey), { mode: 0o600 });
}

/** Makes a certificate with keys of its own. @param authority who signs it; default: it does so itself */
async function certify(subject: string, extensions: Extension[], authority?: Certified): Promise<Certified> {
  const keys = await generateKeys();
  const certificate = await X509CertificateGenerator.create(
    {
      subject,
      issuer: authority?.certificate.subject ?? subject,
      publicKey: keys.publicKey,
      signingKey: (authority?.keys ?? keys).privateKey,
      signingAlgorithm: algorithm,
      serialNumber: randomBytes(16).toString("hex"),
      // An hour back, for clocks that differ between a machine and its containers.
      notBefore: new Date(Date.now() - 3_600_000),
      notAfter: new Date(Date.now() + oneYearMs),
      extensions,
    },
    webcrypto,
  );
  return { certificate, keys };
}

async function generateKeys(): Promise<webcrypto.CryptoKeyPair> {
  return webcrypto.subtle.generateKey(algorithm, true, ["sign", "verify"]);
}

async function pem(key: webcrypto.CryptoKey): Promise<string> {
  const format = key.type === "private" ? "pkcs8" : "spki";
  return PemConverter.encode(await webcrypto.subtle.exportKey(format, key), `${key.type.toUpperCase()} KEY`);
}

async function kubeconfig(spec: NodeSpec, user: string): Promise<string> {
  const { pki } = nodePaths(spec.folder);
  const base64 = async (file: string): Promise<string> => (await readFile(join(pki, file))).toString("base64");
  const context = `plano-affinity-${spec.name}`;
  const server = `https://${spec.network.nodeAddress}:6443`;
  const credentials = { "client-certificate-data": await base64(`${user}.crt`), "client-key-data": await base64(`${user}.key`) };
  return stringify({
    apiVersion: "v1",
    kind: "Config",
    clusters: [{ name: context, cluster: { server, "certificate-authority-data": await base64("ca.crt") } }],
    users: [{ name: user, user: credentials }],
    contexts: [{ name: context, context: { cluster: context, user } }],
    "current-context": context,
  });
}
