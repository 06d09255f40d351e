import assert from "node:assert/strict";
import { sharedLibraries } from "./libraries";
import { Scratch } from "../../lib/testing/scratch";

describe("the shared libraries of a program", () => {
  /** A machine whose ldd prints these lines, and writes down the folders that it searched. */
  const machine = async (lines: readonly string[], exitCode = 0): Promise<Scratch> => {
    const scratch = await Scratch.make("/usr/bin:/bin");
    const text = lines.join("\\n").replaceAll("\t", "\\t");
    await scratch.program(
      "ldd",
      `printf '${text}\\n'; printf '%s' "$LD_LIBRARY_PATH" > ${scratch.folder}/searched; exit ${exitCode}`,
    );
    return scratch;
  };

  it("keep their paths where the loader searches, and the loader comes along", async () => {
    await using _ = await machine([
      "\tlinux-vdso.so.1 (0x00007ffc2a9f2000)",
      "\tlibm.so.6 => /lib/x86_64-linux-gnu/libm.so.6 (0x00007f34c1e00000)",
      "\tlibstdc++.so.6 => /usr/lib64/libstdc++.so.6 (0x00007f34c1a00000)",
      "\t/lib64/ld-linux-x86-64.so.2 => /lib64/ld-linux-x86-64.so.2 (0x00007f34c2000000)",
    ]);
    const kept = ["/lib/x86_64-linux-gnu/libm.so.6", "/usr/lib64/libstdc++.so.6", "/lib64/ld-linux-x86-64.so.2"];
    assert.deepEqual(await sharedLibraries("/usr/bin/planet", []), Object.fromEntries(kept.map((it) => [it, it])));
  });

  it("from other folders go where the loader searches", async () => {
    await using scratch = await machine([
      "\tliblua5.1.so.0 => /home/my own/cache/root/usr/lib/liblua5.1.so.0 (0x00007f34)",
      "\tlibz.so.1 => /library/libz.so.1 (0x0)",
    ]);
    process.env.LD_LIBRARY_PATH = "/from/outside";
    assert.deepEqual(await sharedLibraries("/usr/bin/planet", ["/home/me/cache/one", "/home/me/cache/two"]), {
      "/usr/lib/liblua5.1.so.0": "/home/my own/cache/root/usr/lib/liblua5.1.so.0",
      "/usr/lib/libz.so.1": "/library/libz.so.1",
    });
    assert.equal(await scratch.read("searched"), "/home/me/cache/one:/home/me/cache/two:/from/outside");
  });

  it("are none for a static program", async () => {
    await using _ = await machine(["\tnot a dynamic executable"], 1);
    assert.deepEqual(await sharedLibraries("/usr/bin/planet", []), {});
  });

  it("that are missing are named", async () => {
    await using _ = await machine(["\tlibc.so.6 => /lib/libc.so.6 (0x0)", "\tlibjemalloc.so.2 => not found"]);
    await assert.rejects(sharedLibraries("/usr/bin/planet", []), {
      message: "/usr/bin/planet needs the shared library libjemalloc.so.2, which is not on this machine",
    });
  });
});
