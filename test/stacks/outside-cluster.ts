import type { KubernetesObject } from "@kubernetes/client-node";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parse, stringify } from "yaml";
import { standinDefinition } from "../../images/bundled";
import { streamProgress } from "../../lib/progress";
import { planoArchive } from "../../sandbox/images/plano";
import { readSavedImage } from "../../sandbox/images/saved";
import {
  containerdOf,
  ensureSandbox,
  loadArchive,
  loadImage,
  removeSandbox,
  type RunningSandbox,
  type SandboxRequest,
} from "../../sandbox/lifecycle/sandbox";
import { publishedImages } from "../../settings/images";
import { nameInNode } from "./kind-node/images";
import { clientsFor, type KubeClients } from "./kube";

type Kubeconfig = Readonly<Record<"clusters" | "users", readonly { readonly name: string }[]>>;

/** A cluster that no stack made: a sandbox of the test's own, with the images that its users would pull. */
export class OutsideCluster implements AsyncDisposable {
  private constructor(
    private readonly request: SandboxRequest,
    private readonly folder: string,
    readonly sandbox: RunningSandbox,
    /** The stand-in's image. */
    readonly image: string,
    /** The administrator's clients. */
    readonly api: KubeClients,
  ) {}

  static async start(name: string): Promise<OutsideCluster> {
    const request = { name, owner: "nobody's stack", ownerFolder: join(__dirname, "..", "..") };
    const sandbox = await ensureSandbox(request, streamProgress(process.stderr));
    const folder = await mkdtemp(join(tmpdir(), `plano-affinity-${name}-`));
    const image = await loadImage(name, await standinDefinition());
    const ctr = await containerdOf(name);
    await ctr("images", "tag", "--force", sandbox.images.redis, nameInNode(publishedImages.redis));
    await ctr("images", "tag", "--force", sandbox.images.jaeger, nameInNode(publishedImages.jaeger));
    return new OutsideCluster(request, folder, sandbox, image, await clientsFor(sandbox.kubeconfig));
  }

  /** Gives an image of it another name, as if it had been pulled by that. */
  async loadAs(reference: string, name: string): Promise<void> {
    const ctr = await containerdOf(this.request.name);
    await ctr("images", "tag", "--force", nameInNode(reference), name);
  }

  /** Where its node's ports answer. */
  get nodeAddress(): string {
    const { clusters } = parse(this.sandbox.kubeconfig) as { clusters: { cluster: { server: string } }[] };
    return new URL(clusters[0]?.cluster.server ?? "").hostname;
  }

  /** Gives it Plano's image from an archive. @returns its reference */
  async loadPlano(archive: string): Promise<string> {
    const source = { archive, digest: (await readSavedImage(archive)).digest };
    const image = await planoArchive(source, { progress: streamProgress(process.stderr) });
    await loadArchive(this.request.name, image, image.as);
    return image.reference;
  }

  /** Makes objects, in the given order. */
  async make(...objects: readonly KubernetesObject[]): Promise<void> {
    for (const it of objects) await this.api.objects.create(it);
  }

  /** Writes a kubeconfig with one context: the administrator's, or that of a user with a token. @returns its path */
  async kubeconfig(context: string, token?: string): Promise<string> {
    const admin = parse(this.sandbox.kubeconfig) as Kubeconfig;
    const cluster = { ...admin.clusters[0], name: `cluster-of-${context}` };
    const user = token === undefined ? { ...admin.users[0], name: context } : { name: context, user: { token } };
    const file = join(this.folder, context);
    const content = {
      apiVersion: "v1",
      kind: "Config",
      "current-context": context,
      contexts: [{ name: context, context: { cluster: cluster.name, user: context } }],
      clusters: [cluster],
      users: [user],
    };
    await writeFile(file, stringify(content), { mode: 0o600 });
    return file;
  }

  /** A token for a service account. */
  async token(namespace: string, name: string): Promise<string> {
    const body = { spec: { audiences: [], expirationSeconds: 3_600 } };
    const { status } = await this.api.core.createNamespacedServiceAccountToken({ namespace, name, body });
    return status?.token ?? "";
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await removeSandbox(this.request);
    await rm(this.folder, { recursive: true, force: true });
  }
}
