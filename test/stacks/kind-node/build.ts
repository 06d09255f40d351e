import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { run } from "../../../lib/command";
import { underLock } from "../../../lib/lock";
import { cacheDir } from "../../../lib/paths";
import { buildImage } from "../../../sandbox/images/archive";
import { cacheFolder } from "../../../sandbox/toolchain/cache";
import { moduleFolder } from "../../../sandbox/toolchain/sources/go-module";
import { tools } from "../../../sandbox/toolchain/tools";
import { KindEngine } from "./engine";
import { imagesOfNode } from "./images";
import { nodePrograms, type NodeParts, partsOfNode } from "./programs";

/** The node's image, in the engine that keeps it. */
export const nodeReference = `plano-affinity/kind-node:v${nodePrograms.version}`;

const wish = "PLANO_AFFINITY_KIND_NODE";

/**
 * Finds the node's image in the cache; it is built only where the environment asks for that.
 *
 * @returns the folder with an engine's data that holds it, or why there is none
 * @throws Error where building fails for another reason than that something it is made of is missing
 */
export async function nodeImage(): Promise<{ readonly data: string } | { readonly missing: string }> {
  if (process.platform !== "linux" || process.getuid?.() !== 0) return { missing: "a kind node of its own needs Linux and root" };
  const data = await folderOfImage();
  if (existsSync(data)) return { data };
  if (process.env[wish] !== "build")
    return {
      missing: `its node's image is not in the cache; \`${wish}=build npm run test:scenarios\` makes it, in some minutes`,
    };
  const folder = `${data}.making`;
  const make = async (): Promise<{ readonly data: string } | { readonly missing: string }> => {
    if (existsSync(data)) return { data };
    await rm(folder, { recursive: true, force: true });
    const parts = await partsOfNode(join(folder, "packages")).catch((error: unknown) => String(error).split("\n")[0] ?? "");
    if (typeof parts === "string") return { missing: parts };
    await build(folder, parts);
    await rename(join(folder, "data"), data);
    return { data };
  };
  return underLock(data, () => undefined, make).finally(() => rm(folder, { recursive: true, force: true }));
}

/** The files here that decide what is built. */
const recipe = ["build.ts", "images.ts", "import.sh", "programs.ts", "root.sh"];

/** Its name changes with all that decides what is built, apart from the versions of the distribution's packages. */
async function folderOfImage(): Promise<string> {
  const hash = createHash("sha256");
  for (const it of recipe) hash.update(await readFile(join(__dirname, it)));
  for (const it of [nodePrograms, tools.kubernetes, tools.etcd, tools.redis, tools.jaeger, tools["metrics-server"], tools.kind])
    hash.update(await cacheFolder(it));
  return join(cacheDir(), `kind-node-${hash.digest("hex").slice(0, 12)}`);
}

async function build(folder: string, parts: NodeParts): Promise<void> {
  const root = join(folder, "root");
  const kind = await kindSources();
  const { manifest, images: storageImages } = await storageOf(kind);
  const kubeadm = parts.node.binaries["kubeadm"] ?? "";
  const listed = (await run(kubeadm, ["config", "images", "list", "--kubernetes-version", `v${nodePrograms.version}`])).trim();
  const references = listed.split("\n");
  const pause = references.find((it) => it.includes("/pause:")) ?? "";
  const programs = [parts.kubernetes.binaries["kubelet"], kubeadm, parts.node.binaries["kubectl"]].map((it) => it ?? "");
  const version = `v${nodePrograms.version}`;
  await run(script("root"), [root, join(folder, "packages"), kind, version, pause, ...programs]);
  await writeFile(join(root, "kind/manifests/default-storage.yaml"), manifest);
  const archives = [];
  for (const [name, definition] of await imagesOfNode(root, parts, references, storageImages)) {
    const { reference, file } = await buildImage(definition);
    archives.push(name, reference, file);
  }
  const namespaces = ["--mount", "--pid", "--fork", "--kill-child"];
  await run("unshare", [...namespaces, script("import"), root, ...archives]);
  // The sandbox wants the others too.
  for (const it of archives) if (basename(it).startsWith("kind-")) await rm(it, { force: true });
  await using engine = await KindEngine.start(folder);
  await run("sh", ["-c", 'tar -C "$1" -c . | docker import - kind-root', "sh", root], { env: engine.env });
  await run("docker", ["build", "--tag", nodeReference, "-"], { env: engine.env, input: dockerfile });
  await run("docker", ["image", "rm", "--no-prune", "kind-root"], { env: engine.env });
  await engine.stop();
}

/** As the end of kind's own has it; the stop signal is none of what `docker import` can set. */
const dockerfile = `FROM kind-root
ENV container=docker
STOPSIGNAL SIGRTMIN+3
ENTRYPOINT [ "/usr/local/bin/entrypoint", "/sbin/init" ]
`;

const script = (name: string): string => join(__dirname, `${name}.sh`);

/** kind's own sources, which its module brings: what its images are made of is in there. */
async function kindSources(): Promise<string> {
  const env = { ...process.env, GOFLAGS: "-mod=readonly", GOWORK: "off", GOTOOLCHAIN: "local" };
  const said = await run("go", ["mod", "download", "-json", "sigs.k8s.io/kind"], { cwd: moduleFolder(tools.kind), env });
  return (JSON.parse(said) as { readonly Dir: string }).Dir;
}

/** The manifest of kind's StorageClass and its provisioner, and their images. */
async function storageOf(kind: string): Promise<{ readonly manifest: string; readonly images: readonly string[] }> {
  const source = await readFile(join(kind, "pkg/build/nodeimage/const_storage.go"), "utf8");
  const constants = new Map([...source.matchAll(/^const (\w+) = "(.+)"$/gm)].map(([, name = "", value = ""]) => [name, value]));
  const manifest = /^const defaultStorageManifest = `([^]*)`$/m.exec(source)?.[1] ?? "";
  return {
    manifest: manifest.replace(/` \+ (\w+) \+ `/g, (_, name: string) => constants.get(name) ?? ""),
    images: [...constants.values()],
  };
}

/** Where the scenario's engine keeps what it writes: beside the cache, for it shares the image's files. */
export const engineFolder = (): string => join(cacheDir(), "kind-engine");

/** Starts an engine that has the node's image. */
export async function startEngine(data: string): Promise<KindEngine> {
  const folder = engineFolder();
  await mkdir(join(folder, "data"), { recursive: true });
  // The layers are 1 GB that the engine never writes to; all else it may.
  for (const it of await readdir(data)) {
    const how = it === "overlay2" ? ["--archive", "--link"] : ["--archive"];
    await run("cp", [...how, join(data, it), join(folder, "data")]);
  }
  return KindEngine.start(folder);
}
