import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import type { ImageDefinition } from "../../../sandbox/images/archive";
import { baseImages } from "../../../sandbox/images/base";
import type { InstalledTool } from "../../../sandbox/toolchain/tool";
import { publishedImages } from "../../../settings/images";
import type { NodeParts } from "./programs";

const metricsServer = join(__dirname, "../../../components/metrics-server/metrics-server.yaml");

/** The name under which a kubelet looks for an image in its node: where there is a digest, the tag says nothing. */
export const nameInNode = (reference: string): string => reference.replace(/:[^:@/]+@/, "@");

/**
 * Every image that the node starts or the stack wants, by the name that it is asked for: from this machine's programs.
 *
 * @param root the node's file system
 * @param kubeadms what `kubeadm config images list` names
 * @param storage kind's provisioner, and its helper
 */
export async function imagesOfNode(
  root: string,
  parts: NodeParts,
  kubeadms: readonly string[],
  [provisioner = "", helper = ""]: readonly string[],
): Promise<ReadonlyMap<string, ImageDefinition>> {
  const { redis, jaeger, pause } = await baseImages(parts);
  const images = new Map<string, ImageDefinition>([
    [nameInNode(publishedImages.redis), redis],
    [nameInNode(publishedImages.jaeger), jaeger],
  ]);
  const { node, kubernetes, etcd, "metrics-server": metrics } = parts;
  const found = { ...node.programs, ...kubernetes.programs, ...etcd.programs, ...metrics.programs };
  const image = (program: string, more: Partial<ImageDefinition> = {}): ImageDefinition => ({
    name: `kind-${program}`,
    entrypoint: [program],
    user: "0:0",
    ...more,
    programs: { [`/usr/local/bin/${program}`]: found[program] ?? program, ...more.programs },
  });
  for (const reference of kubeadms) {
    const name = /([^/]+):/.exec(reference)?.[1] ?? "";
    images.set(
      reference,
      name === "pause" ? pause : image(name, name === "kube-proxy" ? await firewall(root, parts.iptables) : {}),
    );
  }
  images.set(provisioner, image("local-path-provisioner"));
  const shell = Object.fromEntries(["sh", "mkdir", "rm"].map((it) => [`/bin/${it}`, `/bin/${it}`]));
  images.set(helper, { name: "kind-helper", programs: shell, entrypoint: [], user: "0:0" });
  const wanted = /image: (\S*metrics-server\S*)/.exec(await readFile(metricsServer, "utf8"))?.[1] ?? "";
  images.set(wanted, image("metrics-server", { user: "1000:1000" }));
  return images;
}

/** What kube-proxy's rules need: the programs of iptables, and the extensions that these load by name. */
async function firewall(root: string, { programs, libraryFolders }: InstalledTool): Promise<Partial<ImageDefinition>> {
  const names = ["iptables", "ip6tables"].flatMap((it) => [it, `${it}-save`, `${it}-restore`]);
  const libraries = (await readdir(join(root, "usr/lib"))).find((it) => it.endsWith("-linux-gnu")) ?? "";
  const folder = join(root, "usr/lib", libraries, "xtables");
  const extensions = (await readdir(folder)).map((it) => [join(folder.slice(root.length), it), join(folder, it)]);
  const all = [...names.map((it) => [`/usr/local/sbin/${it}`, programs["iptables"]]), ...extensions];
  return { programs: Object.fromEntries(all) as Record<string, string>, libraryFolders };
}
