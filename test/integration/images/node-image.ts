import { readdir, realpath } from "node:fs/promises";
import { dirname, join } from "node:path";
import { run } from "../../../lib/command";
import type { ImageDefinition } from "../../../sandbox/images/archive";
import type { Scratch } from "../../../lib/testing/scratch";

/**
 * What the public image `node:24-slim` has and the Dockerfile uses, made from this machine's files: Node.js, npm, a
 * shell. npm asks the registry that npm asks on this machine, and trusts whom it trusts here.
 *
 * @param npmCache folder with all that npm will be asked for, where it has no network; default: it has one
 */
export async function nodeImage(scratch: Scratch, npmCache?: string): Promise<ImageDefinition> {
  const script = async (name: string): Promise<string> =>
    scratch.file(`image/${name}`, `#!/bin/sh\nexec node /usr/local/lib/node_modules/npm/bin/${name}-cli.js "$@"\n`, 0o755);
  const setting = async (key: string): Promise<string> => (await run("npm", ["config", "get", key])).trim();
  const authorities = await setting("cafile");
  const npmrc = [
    ...[`registry=${await setting("registry")}`, "prefix=/usr/local"],
    ...(authorities === "null" ? [] : ["cafile=/etc/ssl/npm.pem"]),
    ...(npmCache === undefined ? [] : ["cache=/npm", "offline=true"]),
  ];
  const npm = dirname(dirname(await realpath((await run("sh", ["-c", "command -v npm"])).trim())));
  const files: Record<string, string> = {
    "/usr/local/etc/npmrc": await scratch.file("image/npmrc", npmrc.join("\n")),
    ...(authorities === "null" ? {} : { "/etc/ssl/npm.pem": authorities }),
    ...(await filesOf(npm, "/usr/local/lib/node_modules/npm")),
    ...(npmCache === undefined ? {} : await filesOf(npmCache, "/npm")),
  };
  return {
    name: "node-24-slim",
    programs: {
      "/usr/local/bin/node": process.execPath,
      "/bin/sh": await realpath("/bin/sh"),
      "/usr/local/bin/npm": await script("npm"),
      "/usr/local/bin/npx": await script("npx"),
      "/usr/bin/env": "/usr/bin/env",
    },
    files,
    entrypoint: [],
    cmd: ["node"],
    user: "0:0",
    env: { HOME: "/root" },
  };
}

/** The files of a folder: path in the image → path here. */
async function filesOf(folder: string, as: string): Promise<Record<string, string>> {
  const entries = (await readdir(folder, { recursive: true, withFileTypes: true })).filter((it) => it.isFile());
  const paths = entries.map((it) => join(it.parentPath, it.name));
  return Object.fromEntries(paths.map((it) => [join(as, it.slice(folder.length)), it]));
}
