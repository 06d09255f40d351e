import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import type { Plugin } from "esbuild";
import { clientNodeParts } from "../../lib/kubernetes/client-node";

/** The Kubernetes client's package. */
export const clientNode = "@kubernetes/client-node";

/**
 * Bundles only what the verifier uses of the Kubernetes client.
 *
 * Its package exports every API of Kubernetes from one module and does not say that its modules have no side effects, so
 * that a bundler keeps all of it: 3.5 MB, minified. Loading these takes twice as long as loading the few APIs, and loading
 * the unbundled package eight times as long.
 *
 * @param compiled a bundle of it that exists already: reading the whole package takes ten times as long as all the rest
 */
export function prunedClientNode(project: string, compiled?: string): Plugin {
  const entry = join(dirname(require.resolve(clientNode, { paths: [project] })), "index.js");
  return {
    name: "pruned-client-node",
    setup(build) {
      build.onResolve({ filter: /^@kubernetes\/client-node$/ }, () =>
        compiled === undefined ? { path: clientNode, namespace: "pruned", sideEffects: false } : { path: compiled },
      );
      build.onLoad({ filter: /./, namespace: "pruned" }, () => ({
        contents: `export { ${clientNodeParts.join(", ")} } from ${JSON.stringify(entry)};`,
        resolveDir: project,
      }));
      build.onResolve({ filter: /[\\/]client-node[\\/]dist[\\/]index\.js$/ }, ({ path }) => ({ path, sideEffects: false }));
      // node-fetch uses it where there is no global URL; Node.js has one. It is a quarter of a megabyte.
      build.onResolve({ filter: /^whatwg-url$/ }, () => ({ path: "node:url", external: true }));
    },
  };
}

/**
 * Gives `await import("<package>")` the named exports of a CommonJS package, as in Node.js: what esbuild makes of one
 * when it splits code has a default export only (seen with esbuild 0.28.2).
 */
export function lazyPackages(project: string): Plugin {
  const require = createRequire(join(project, "package.json"));
  return {
    name: "lazy-packages",
    setup(build) {
      build.onResolve({ filter: /^[@a-z]/ }, ({ path, kind }) => {
        if (kind !== "dynamic-import" || path.startsWith("node:")) return undefined;
        const names = namesOf(path);
        return names === undefined ? undefined : { path, namespace: "lazy", pluginData: names };
      });
      build.onLoad({ filter: /./, namespace: "lazy" }, ({ path, pluginData }) => ({
        contents:
          `import * as all from ${JSON.stringify(path)}; export { default } from ${JSON.stringify(path)};` +
          `export const { ${(pluginData as string[]).join(", ")} } = all;`,
        resolveDir: project,
      }));
    },
  };

  /** Undefined for an ES module, which needs no help. */
  function namesOf(path: string): string[] | undefined {
    try {
      const all = require(path) as object;
      // Node.js 22 requires ES modules too.
      if (Object.prototype.toString.call(all) === "[object Module]") return undefined;
      return Object.keys(all).filter((name) => name !== "default" && /^[A-Za-z_$][\w$]*$/.test(name));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "ERR_REQUIRE_ESM") return undefined;
      throw error;
    }
  }
}
