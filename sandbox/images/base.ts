import type { Toolbox } from "../toolchain/ensure";
import { run } from "../../lib/command";
import type { InstalledTool } from "../toolchain/tool";
import type { ImageDefinition } from "./archive";

const user = "1000:1000";

/** Images that the sandbox brings along, made from the tool chain. */
export async function baseImages(
  tools: Pick<Toolbox, "redis" | "jaeger">,
): Promise<Record<"pause" | "redis" | "jaeger", ImageDefinition>> {
  return {
    pause: { name: "pause", programs: { "/pause": await which("sleep") }, entrypoint: ["/pause", "infinity"], user },
    redis: {
      name: "redis",
      // `cp` lays out the files that Sentinel then writes to, `sh` runs what people look with; the official image has both.
      programs: { ...programs(tools.redis.programs), "/bin/cp": await which("cp"), "/bin/sh": await which("sh") },
      libraryFolders: tools.redis.libraryFolders,
      entrypoint: [],
      cmd: ["redis-server"],
      user,
      workdir: "/data",
    },
    jaeger: {
      name: "jaeger",
      programs: programs(tools.jaeger.programs),
      entrypoint: ["jaeger"],
      user,
    },
  };
}

/** The image of the proxy before a Redis of three, which few sandboxes need. */
export function haproxyImage({ programs: found, libraryFolders }: InstalledTool): ImageDefinition {
  return { name: "haproxy", programs: programs(found), libraryFolders, entrypoint: [], cmd: ["haproxy"], user };
}

function programs(found: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(found).map(([name, path]) => [`/usr/local/bin/${name}`, path]));
}

async function which(program: string): Promise<string> {
  return (await run("sh", ["-c", `command -v ${program}`])).trim();
}
