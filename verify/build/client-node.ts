import { dirname, join } from "node:path";
import type { Plugin } from "esbuild";
import { clientNodeParts } from "../../lib/kubernetes/client-node";

/** The package. */
export const clientNode = "@kubernetes/client-node";

/**
 * Bundles only what the verifier uses of the Kubernetes client.
 *
 * Its package exports every API of Kubernetes from one module and does not say that its modules are free of side
 * effects, so that a bundler keeps all of it: 3.5 MB, minified. Loading these takes twice as long as loading the few
 * APIs, and loading the unbundled package eight times as long.
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
      // node-fetch falls back on it where there is no global URL; Node.js has one. It is a quarter of a megabyte.
      build.onResolve({ filter: /^whatwg-url$/ }, () => ({ path: "node:url", external: true }));
    },
  };
}
