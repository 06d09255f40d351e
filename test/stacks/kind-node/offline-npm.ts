import { cp } from "node:fs/promises";
import { join } from "node:path";
import { run } from "../../../lib/command";
import { Scratch } from "../../../lib/testing/scratch";
import { nodeImage } from "../../integration/images/node-image";
import type { KindEngine } from "./engine";

const checkout = join(__dirname, "..", "..", "..");
const workspace = "plano-affinity-standin";

/** Gives an engine without a way out the image that the stand-in is built on, with the packages that the build asks for. */
export async function provideNode(engine: KindEngine): Promise<void> {
  const { PATH, HOME } = process.env;
  await using scratch = await Scratch.make(PATH);
  // npm's settings are this user's; the image goes with the folder that stands in for the cache.
  process.env.HOME = HOME;
  const project = join(scratch.folder, "project");
  for (const it of ["package.json", "package-lock.json", ".npmrc", "standin/package.json"])
    await cp(join(checkout, it), join(project, it));
  const cache = join(scratch.folder, "npm");
  await run("npm", ["ci", "--ignore-scripts", "-w", workspace, "--cache", cache], { cwd: project });
  await engine.provide(await nodeImage(scratch, cache), "docker.io/library/node:24-slim");
}
