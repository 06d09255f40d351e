import { createRequire } from "node:module";
import { join } from "node:path";
import type { Plugin } from "esbuild";

/**
 * Lets `await import("<package>")` have the named exports of a CommonJS package, as in Node.js. What esbuild makes of
 * one by itself, when it splits code, has a default export only. Seen: esbuild 0.28.2.
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
      const names = Object.keys(all);
      return names.filter((name) => name !== "default" && /^[A-Za-z_$][\w$]*$/.test(name));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "ERR_REQUIRE_ESM") return undefined;
      throw error;
    }
  }
}
