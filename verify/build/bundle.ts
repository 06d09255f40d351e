import { mkdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { build } from "esbuild";
import { lazyPackages, prunedClientNode } from "./esbuild-plugins";

/** The checkout. */
export const projectFolder = join(__dirname, "..", "..");

/** Bundled CommonJS packages require Node.js' own modules, and an ES module has no `require`. */
const requireForPackages =
  'import { createRequire as __createRequire } from "node:module";const require = __createRequire(import.meta.url);';

export interface BundleOptions {
  /** A bundle of the Kubernetes client that exists already; see {@link prunedClientNode}. */
  readonly compiledClientNode?: string;
  /** It will be part of another bundle, which brings `require`. */
  readonly isPart?: true;
}

/** What went into a bundle. */
export interface Bundle {
  /** Sources of which at least a part is in the bundle, relative to the checkout. */
  readonly sources: readonly string[];
  /** Licence comments of the sources, that is `/*!` and those with `@license` or `@preserve`; left out of the programs. */
  readonly legalComments: readonly string[];
}

/**
 * Compiles programs of this checkout for Node.js 20.9 and newer, together with all packages that they use. What they
 * import by `await import()` becomes a file of its own, in `chunks/`, which is read only when it is needed.
 *
 * @param programs name → source, relative to the checkout, or package; each becomes `<folder>/<name>.mjs`
 * @throws Error with esbuild's messages when a source cannot be compiled
 */
export async function bundle(
  programs: Readonly<Record<string, string>>,
  folder: string,
  options: BundleOptions = {},
): Promise<Bundle> {
  const { metafile, outputFiles } = await build({
    absWorkingDir: projectFolder,
    entryPoints: { ...programs },
    outdir: folder,
    chunkNames: "chunks/[name]-[hash]",
    outExtension: { ".js": ".mjs" },
    bundle: true,
    splitting: true,
    format: "esm",
    platform: "node",
    target: "node20.9",
    // Names stay, for the sake of stack traces: shorter ones made no difference to the time to start.
    minifyWhitespace: true,
    minifySyntax: true,
    banner: { js: options.isPart === true ? "" : requireForPackages },
    legalComments: "external",
    metafile: true,
    write: false,
    logLevel: "silent",
    plugins: [prunedClientNode(projectFolder, options.compiledClientNode), lazyPackages(projectFolder)],
  });
  const comments = outputFiles.filter(({ path }) => path.endsWith(".LEGAL.txt"));
  for (const { path, contents } of outputFiles.filter((file) => !comments.includes(file))) {
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, contents);
  }
  const sources = Object.values(metafile.outputs).flatMap(({ inputs }) =>
    Object.entries(inputs).flatMap(([path, { bytesInOutput }]) => (bytesInOutput > 0 ? [path] : [])),
  );
  // Modules of plugins have paths like "lazy:ioredis"; what they import is listed too.
  const files = sources.filter((path) => !/^[a-z-]+:/.test(path));
  return { sources: [...new Set(files)].sort(), legalComments: comments.map(({ text }) => text.trim()) };
}
