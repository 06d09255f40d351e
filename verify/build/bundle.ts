import { join } from "node:path";
import standaloneCode from "ajv/dist/standalone";
import { build as compile, type Plugin } from "esbuild";
import { clientNodeParts } from "../../lib/kubernetes/client-node";
import schema from "../contracts/schema.json";
import { ajv } from "../contracts/validator";

/** The checkout. */
export const projectFolder = join(__dirname, "..", "..");

/** Bundled CommonJS packages require Node.js' own modules, and an ES module has no `require`. */
const requireForPackages =
  'import { createRequire as __createRequire } from "node:module";const require = __createRequire(import.meta.url);';

/**
 * Compiles programs of this checkout for Node.js 20.9 and newer, together with all packages that they use. What they
 * import by `await import()` becomes a file of its own, in `chunks/`, which is read only when it is needed.
 *
 * @param programs name → source, relative to the checkout; each becomes `<folder>/<name>.mjs`
 * @returns sources of which at least a part is in the bundle, relative to the checkout
 * @throws Error with esbuild's messages when a source cannot be compiled
 */
export async function bundle(programs: Readonly<Record<string, string>>, folder: string): Promise<readonly string[]> {
  const { metafile } = await compile({
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
    banner: { js: requireForPackages },
    metafile: true,
    logLevel: "silent",
    plugins: [lazyPackages, compiledValidator],
  });
  const sources = Object.values(metafile.outputs).flatMap(({ inputs }) =>
    Object.entries(inputs).flatMap(([path, { bytesInOutput }]) => (bytesInOutput > 0 ? [path] : [])),
  );
  // Modules of the plugin have paths like "lazy:ioredis"; what they import is listed too.
  return [...new Set(sources)].filter((path) => !path.startsWith("lazy:")).sort();
}

/** What is used of each package that is imported by `await import()`. */
const lazyParts: Readonly<Record<string, readonly string[]>> = {
  "@kubernetes/client-node": clientNodeParts,
  ioredis: ["Redis"],
  yaml: ["parse", "stringify"],
};

/**
 * Bundles these parts of the packages that are imported by `await import()`, under their names: what esbuild makes of a
 * CommonJS package when it splits code has a default export only (seen with esbuild 0.28.2).
 *
 * The Kubernetes client exports every API of Kubernetes from one module and does not say that its modules have no side
 * effects, so that a bundler keeps all of it: 3.5 MB, minified, which take twice as long to load.
 */
const lazyPackages: Plugin = {
  name: "lazy-packages",
  setup(build) {
    build.onResolve({ filter: /^[@a-z]/ }, ({ path, kind }) => {
      if (kind !== "dynamic-import" || path.startsWith("node:")) return undefined;
      if (lazyParts[path] !== undefined) return { path, namespace: "lazy" };
      return { errors: [{ text: `lazyParts in verify/build/bundle.ts does not say what is used of ${path}` }] };
    });
    build.onLoad({ filter: /./, namespace: "lazy" }, ({ path }) => ({
      contents: `export { ${lazyParts[path]?.join(", ")} } from ${JSON.stringify(path)};`,
      resolveDir: projectFolder,
    }));
    build.onResolve({ filter: /^@kubernetes\/client-node$/ }, ({ path }) => ({
      path: require.resolve(path),
      sideEffects: false,
    }));
    // node-fetch uses it where there is no global URL; Node.js has one. It is a quarter of a megabyte.
    build.onResolve({ filter: /^whatwg-url$/ }, () => ({ path: "node:url", external: true }));
  },
};

/** Compiles the schema of contracts, and leaves the compiler out. */
const compiledValidator: Plugin = {
  name: "compiled-validator",
  setup(build) {
    build.onLoad({ filter: /[\\/]verify[\\/]contracts[\\/]validator\.ts$/ }, () => ({
      contents: standaloneCode(ajv, { validate: schema.$id }),
      resolveDir: projectFolder,
    }));
  },
};
