// x509 builds on decorators, and expects this to be loaded first.
import "reflect-metadata";
import {
  X509CertificateGenerator,
  BasicConstraintsExtension,
  ExtendedKeyUsage,
  ExtendedKeyUsageExtension,
  type JsonGeneralNames,
  KeyUsageFlags,
  KeyUsagesExtension,
  PemConverter,
  SubjectAlternativeNameExtension,
  type X509Certificate,
} from "@peculiar/x509";
import { randomBytes, webcrypto } from "node:crypto";
import { existsSync } from "node:fs";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { stringify } from "yaml";
import { nodePaths, type NodeSpec } from "./spec";

const algorithm = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" };
const oneYearMs = 365 * 24 * 3600 * 1000;

/** A certificate to issue. `organization` becomes the Kubernetes group, `commonName` the user. */
interface Request {
  readonly file: string;
  readonly commonName: string;
  readonly organization?: string;
  readonly names?: JsonGeneralNames;
}

/** Users that get a kubeconfig of their own in `config/<user>.kubeconfig`, with the roles Kubernetes gives these names. */
const users: readonly Request[] = [
  { file: "admin", commonName: "admin", organization: "system:masters" },
  { file: "controller-manager", commonName: "system:kube-controller-manager" },
  { file: "scheduler", commonName: "system:kube-scheduler" },
  { file: "proxy", commonName: "system:kube-proxy" },
  { file: "dns", commonName: "plano-affinity:dns" },
  { file: "metrics-server", commonName: "plano-affinity:metrics-server" },
  { file: "kube-router", commonName: "plano-affinity:kube-router" },
];

/** Makes the node's certificates and kubeconfigs where they are missing; a node that is started again keeps its own. */
export async function ensurePki(spec: NodeSpec): Promise<void> {
  const paths = nodePaths(spec.folder);
  const kubeconfigs = [...users.map(({ file }) => join(paths.config, `${file}.kubeconfig`)), paths.kubeconfig];
  if (kubeconfigs.every((file) => existsSync(file))) return;
  const authority = await makeAuthority();
  await writeFile(join(paths.pki, "ca.crt"), authority.certificate.toString("pem"));
  const { nodeAddress, apiServiceAddress } = spec.network;
  const address = (...values: string[]) => values.map((value) => ({ type: "ip" as const, value }));
  const name = (...values: string[]) => values.map((value) => ({ type: "dns" as const, value }));
  const services = ["kubernetes", "kubernetes.default", "kubernetes.default.svc", "kubernetes.default.svc.cluster.local"];
  const apiServerNames = [...address("127.0.0.1", nodeAddress, apiServiceAddress), ...name(...services, "localhost")];
  const metricsServerNames = [...name("metrics-server.kube-system.svc"), ...address(nodeAddress)];
  const requests: Request[] = [
    ...users,
    { file: "apiserver", commonName: "kube-apiserver", names: apiServerNames },
    {
      file: "kubelet",
      commonName: "system:node:node",
      organization: "system:nodes",
      names: [...address(nodeAddress), ...name("node")],
    },
    { file: "metrics-server-serving", commonName: "metrics-server", names: metricsServerNames },
    { file: "front-proxy", commonName: "front-proxy-client" },
  ];
  await Promise.all(requests.map((it) => issue(authority, it, paths.pki)));
  const serviceAccounts = await generateKey();
  await writeFile(join(paths.pki, "service-accounts.key"), await pem(serviceAccounts.privateKey), { mode: 0o600 });
  await writeFile(join(paths.pki, "service-accounts.pub"), await pem(serviceAccounts.publicKey));
  for (const user of [...users.map((it) => it.file), "kubelet"]) {
    await writeFile(join(paths.config, `${user}.kubeconfig`), await kubeconfig(spec, user), { mode: 0o600 });
  }
  // Last: where it exists, all the others do.
  await writeFile(paths.kubeconfig, await kubeconfig(spec, "admin"), { mode: 0o600 });
}

interface Authority {
  readonly certificate: X509Certificate;
  readonly keys: webcrypto.CryptoKeyPair;
}

async function makeAuthority(): Promise<Authority> {
  const keys = await generateKey();
  const certificate = await X509CertificateGenerator.createSelfSigned(
    {
      name: "CN=plano-affinity sandbox",
      keys,
      ...validity(),
      signingAlgorithm: algorithm,
      extensions: [
        new BasicConstraintsExtension(true, undefined, true),
        new KeyUsagesExtension(KeyUsageFlags.keyCertSign | KeyUsageFlags.cRLSign, true),
      ],
    },
    webcrypto,
  );
  return { certificate, keys };
}

async function issue(authority: Authority, request: Request, folder: string): Promise<void> {
  const keys = await generateKey();
  const certificate = await X509CertificateGenerator.create(
    {
      subject:
        request.organization === undefined ? `CN=${request.commonName}` : `O=${request.organization}, CN=${request.commonName}`,
      issuer: authority.certificate.subject,
      publicKey: keys.publicKey,
      signingKey: authority.keys.privateKey,
      ...validity(),
      signingAlgorithm: algorithm,
      extensions: [
        new KeyUsagesExtension(KeyUsageFlags.digitalSignature | KeyUsageFlags.keyEncipherment, true),
        new ExtendedKeyUsageExtension([ExtendedKeyUsage.clientAuth, ExtendedKeyUsage.serverAuth]),
        ...(request.names === undefined ? [] : [new SubjectAlternativeNameExtension([...request.names])]),
      ],
    },
    webcrypto,
  );
  await writeFile(join(folder, `${request.file}.crt`), certificate.toString("pem"));
  await writeFile(join(folder, `${request.file}.key`), await pem(keys.privateKey), { mode: 0o600 });
}

function validity() {
  // An hour back, for clocks that differ between a machine and its containers.
  return {
    serialNumber: randomBytes(16).toString("hex"),
    notBefore: new Date(Date.now() - 3_600_000),
    notAfter: new Date(Date.now() + oneYearMs),
  };
}

async function generateKey(): Promise<webcrypto.CryptoKeyPair> {
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
