import assert from "node:assert/strict";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { CommandError, run } from "../../../lib/command";
import { buildImage } from "../../../sandbox/images/archive";
import { linuxOnly } from "../../../lib/testing/skip";
import { Scratch } from "../../../lib/testing/scratch";

describe("an image of this machine's Node.js", () => {
  linuxOnly("chroot needs Linux and root", true);

  it("runs on nothing but what is in it", async () => {
    await using scratch = await Scratch.make(process.env.PATH);
    const hello = await scratch.file("hello.js", "console.log('hello from', process.cwd())");
    const { file } = await buildImage({
      name: "node",
      programs: { "/usr/local/bin/node": process.execPath },
      files: { "/app/hello.js": hello },
      entrypoint: ["node"],
      user: "1000:1000",
    });
    const root = join(scratch.folder, "root");
    await mkdir(root);
    await run("tar", ["-xf", file, "-C", scratch.folder, "layer.tar"]);
    await run("tar", ["-xf", join(scratch.folder, "layer.tar"), "-C", root]);
    const inside = (...args: string[]) => run("chroot", ["--userspec=1000:1000", root, "/usr/local/bin/node", ...args]);
    assert.equal(await inside("/app/hello.js"), "hello from /\n");
    // Without its libraries it would not have run.
    await run("sh", ["-c", `find ${root} -name 'libc.so*' -delete`]);
    await assert.rejects(inside("/app/hello.js"), CommandError);
  });
});
