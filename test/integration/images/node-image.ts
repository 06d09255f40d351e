import { readdir, realpath } from "node:fs/promises";
import { dirname, join } from "node:path";
import { run } from "../../../lib/command";
import type { ImageDefinition } from "../../../sandbox/images/archive";
import type { Scratch } from "../../../lib/testing/scratch";

/**
 * What the public image `node:20-slim` has and the Dockerfile uses, made from this machine's files: Node.js, npm, a
 * shell. npm asks the registry that npm asks on this machine, and trusts whom it trusts here.
 */
export async function nodeImage(scratch: Scratch): Promise<ImageDefinition> {
  const script = async (name: string): Promise<string> =>
    scratch.file(`image/${name}`, `#!/bin/sh\nexec node /usr/local/lib/node_modules/npm/bin/${name}-cli.js "$@"\n`, 0o755);
  const setting = async (key: string): Promise<string> => (await run("npm", ["config", "get", key])).trim();
  const authorities = await setting("cafile");
  const npmrc = [`registry=${await setting("registry")}`, "prefix=/usr/local", "cafile=/etc/ssl/npm.pem"];
  const npm = dirname(dirname(await realpath((await run("sh", ["-c", "command -v npm"])).trim())));
  const files: Record<string, string> = {
    "/usr/local/etc/npmrc": await scratch.file("image/npmrc", npmrc.slice(0, authorities === "null" ? 2 : 3).join("\n")),
    ...(authorities === "null" ? {} : { "/etc/ssl/npm.pem": authorities }),
  };
  for (const entry of await readdir(npm, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const path = join(entry.parentPath, entry.name);
    files[join("/usr/local/lib/node_modules/npm", path.slice(npm.length))] = path;
  }
  return {
    name: "node-20-slim",
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
