import { randomUUID } from "node:crypto";
import { createReadStream, existsSync } from "node:fs";
import { link, mkdir, readFile, realpath, rm } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { run } from "../../lib/command";
import { readRecord, writeWhole } from "../../lib/files";
import { underLock } from "../../lib/lock";
import { cacheDir, configDir } from "../../lib/paths";
import type { Progress } from "../../lib/progress";
import { buildImage, type ImageArchive, type ImageDefinition } from "../images/archive";
import { baseImages } from "../images/base";
import { importArgs } from "../node/runtime";
import { certificatesLast, containerdSocket, networkOf, nodePaths, type NodeSpec, type NodeStatus, readSpec } from "../node/spec";
import { ensureTools, type Toolbox } from "../toolchain/ensure";
import { sandboxTools } from "../toolchain/tools";
import { cgroupOf, removeCgroups } from "./cgroups";
import { freeIndex, removeLink } from "./host-network";
import { endProcess, findProcess } from "./node-process";
import { listSandboxes, runningNode, sandboxFolder } from "./registry";
import { startNode } from "./start-node";

/** A sandbox that runs. */
export interface RunningSandbox {
  readonly name: string;
  /** Changes when the cluster was made again, without what was in it. */
  readonly clusterId: string;
  /** Content of an administrator's kubeconfig: a secret. */
  readonly kubeconfig: string;
  /** Where the API server and NodePorts answer, from this machine. */
  readonly nodeAddress: string;
  /** References of the images that came with it. */
  readonly images: { readonly redis: string; readonly jaeger: string };
}

/** What is wanted; the name is the sandbox's identity on this machine. */
export interface SandboxRequest {
  readonly name: string;
  /** Such as `project/stack`: only the owner may use or remove the sandbox. */
  readonly owner: string;
  /** The owner's checkout: a sandbox whose owner's checkout is gone can be taken over. */
  readonly ownerFolder: string;
}

/** Makes a sandbox, or starts the one of that name and owner. A failure leaves nothing, but one that existed keeps its state. */
export async function ensureSandbox(request: SandboxRequest, progress: Progress, signal?: AbortSignal): Promise<RunningSandbox> {
  const folder = sandboxFolder(request.name);
  const tools = await ensureTools(sandboxTools, progress, signal);
  const base = await baseImages(tools);
  const [pause, redis, jaeger] = await progress.step("images of the sandbox", () =>
    Promise.all([buildImage(base.pause), buildImage(base.redis), buildImage(base.jaeger)]),
  );
  const existed = existsSync(nodePaths(folder).kubeconfig);
  const spec = await claim(request, tools, pause, signal);
  try {
    if (!(await isUp(folder))) {
      await stop(spec);
      for (const image of [pause, redis, jaeger]) await keepImage(folder, image);
      await progress.step(`sandbox ${request.name}`, (detail) => startNode(spec, detail, signal));
    }
    return {
      name: request.name,
      clusterId: spec.id,
      kubeconfig: await readFile(nodePaths(folder).kubeconfig, "utf8"),
      nodeAddress: spec.network.nodeAddress,
      images: { redis: redis.reference, jaeger: jaeger.reference },
    };
  } catch (error) {
    await (existed ? stop(spec) : removeSandbox(request)).catch((cleanUp: unknown) =>
      progress.info(`cleaning up failed as well: ${String(cleanUp)}`),
    );
    throw error;
  }
}

/** One whose certificates have ended runs for nobody: started again, it gets others. */
const isUp = async (folder: string): Promise<boolean> => (await findProcess(folder)) !== undefined && certificatesLast(folder);

/** Whether a sandbox is there and runs, and why not. */
export async function sandboxStatus(name: string) {
  const folder = sandboxFolder(name);
  const paths = nodePaths(folder);
  if (!existsSync(paths.kubeconfig)) return { exists: false, running: false, reason: "it was removed" };
  if (await isUp(folder)) return { exists: true, running: true };
  return { exists: true, running: false, reason: readRecord<NodeStatus>(paths.status)?.reason ?? "its processes are gone" };
}

/** Removes a sandbox and all that it kept; one that does not exist is no error. @throws Error for another owner's */
export async function removeSandbox(request: SandboxRequest): Promise<void> {
  const folder = sandboxFolder(request.name);
  if (!existsSync(nodePaths(folder).spec)) return;
  const spec = readSpec(folder);
  // Where the owner's checkout is gone, nobody else can destroy it.
  if (!isOwner(spec, request) && existsSync(spec.ownerFolder))
    throw new Error(
      `the sandbox ${spec.name} belongs to the stack ${spec.owner} of ${spec.ownerFolder}.\n` +
        "Choose another name with `npm run pulumi -- config set clusterName …`, or run `npm run pulumi -- destroy` there.",
    );
  await stop(spec);
  await rm(folder, { recursive: true, force: true });
}

/** Packs an image and gives it to a running sandbox, which keeps it for later starts. */
export async function loadImage(name: string, definition: ImageDefinition): Promise<string> {
  const image = await buildImage(definition);
  await loadArchive(name, image);
  return image.reference;
}

/** Gives an image to a running sandbox, which keeps it for later starts. @param as name of the copy of a file that is somebody's own */
export async function loadArchive(name: string, image: ImageArchive, as?: string): Promise<void> {
  const ctr = await containerdOf(name);
  const kept = await keepImage(sandboxFolder(name), image, as);
  await ctr(...importArgs(kept)).catch(async (error: unknown) => {
    // The node would fail at every start because of it.
    await rm(kept, { force: true });
    throw error;
  });
}

/** Containerd's client in the node of a running sandbox. */
export async function containerdOf(name: string): Promise<(...args: readonly string[]) => Promise<string>> {
  const { pid, spec } = await runningNode(name);
  const { tools } = spec;
  const enter = ["--mount", "--net", `--target=${pid}`, `--pid=/proc/${pid}/ns/pid_for_children`, "--"];
  const ctr = [tools["ctr"] ?? "ctr", "--address", containerdSocket, "--namespace", "k8s.io"];
  return (...args) => run("nsenter", [...enter, ...ctr, ...args]);
}

/** Ends a node, and removes what one that has ended, cleanly or not, may have left on the machine. */
async function stop(spec: NodeSpec): Promise<void> {
  await endProcess(spec.folder);
  await removeLink(spec);
  await removeCgroups(spec.cgroup);
}

/** Where the whole machine's lock is: users with state folders of their own share its address ranges. */
const machineFolder = "/run/plano-affinity";

/** Takes the name and an address range, one process at a time. */
async function claim(request: SandboxRequest, tools: Toolbox, pause: ImageArchive, signal?: AbortSignal): Promise<NodeSpec> {
  const { name, owner, ownerFolder } = request;
  const folder = sandboxFolder(name);
  const { images, logs, spec: file } = nodePaths(folder);
  const executables = Object.assign({}, ...Object.values(tools).map((it) => it.binaries)) as Record<string, string>;
  const cniFolder = dirname(tools["cni-plugins"].binaries["ptp"] ?? "");
  const registries = join(configDir(), "certs.d");
  const work = async (): Promise<NodeSpec> => {
    const others = await listSandboxes();
    let mine = existsSync(file) ? readSpec(folder) : undefined;
    if (mine !== undefined && !isOwner(mine, request)) {
      await removeSandbox(request);
      mine = undefined;
    }
    const index = mine?.index ?? freeIndex(new Set(others.map((it) => it.index)));
    const id = mine?.id ?? randomUUID();
    const programs = [process.execPath, ...Object.values(executables)];
    const targets = await Promise.all(programs.map((it) => realpath(it)));
    const spec: NodeSpec = {
      ...{ name, owner, ownerFolder, id, index, folder },
      network: networkOf(index),
      // A node that runs keeps its cgroup.
      cgroup: mine?.cgroup ?? cgroupOf(name, id),
      tools: executables,
      cniFolder,
      pauseImage: pause.reference,
      registries,
      keepVisible: [
        ...[folder, cacheDir(), join(__dirname, "..", ".."), cniFolder],
        ...new Set([...programs, ...targets].map((it) => dirname(it))),
        ...(existsSync(registries) ? [registries] : []),
      ],
    };
    for (const it of [images, logs]) await mkdir(it, { recursive: true, mode: 0o700 });
    await writeWhole(file, JSON.stringify(spec, null, 2), { mode: 0o600 });
    return spec;
  };
  return underLock(machineFolder, () => undefined, work, signal);
}

/** Puts an image where the node imports it at every start; a link where cache and state share a disk. */
async function keepImage(folder: string, { file }: ImageArchive, as?: string): Promise<string> {
  const kept = join(nodePaths(folder).images, as ?? basename(file));
  if (existsSync(kept)) return kept;
  const copy = (): Promise<void> => writeWhole(kept, createReadStream(file));
  // The user may overwrite their own file later.
  await (as === undefined ? link(file, kept).catch(copy) : copy());
  return kept;
}

function isOwner(spec: NodeSpec, request: SandboxRequest): boolean {
  return spec.owner === request.owner && spec.ownerFolder === request.ownerFolder;
}
