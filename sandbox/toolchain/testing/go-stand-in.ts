import type { Scratch } from "../../../lib/testing/scratch";

/**
 * Puts a `go` on PATH that builds nothing: it writes down how it was called, and leaves the named programs where a
 * build would. Each build is one line of the file `builds`.
 *
 * @param build shell commands that run before it leaves the programs; `$out` is where they go.
 */
export async function standInGo(
  scratch: Scratch,
  products: readonly string[],
  { version = "go1.26.8", build = "" } = {},
): Promise<void> {
  const record = scratch.folder;
  await scratch.program(
    "go",
    `if [ "$1" = env ]; then echo ${version}; exit; fi
     echo build >> ${record}/builds; echo $$ > ${record}/pid
     pwd > ${record}/cwd; printf '%s\\n' "$@" > ${record}/arguments; env > ${record}/environment
     while [ "$1" != -o ]; do shift; done; out=$2
     ${build}
     for it in ${products.join(" ")}; do echo "built $it" > "$out/$it"; done`,
  );
}

/** How many builds a stand-in was asked for. @throws Error before the first */
export async function buildsOf(scratch: Scratch): Promise<number> {
  return (await scratch.read("builds")).split("\n").length - 1;
}
