// Finds compiled tasks that are up to date. verify/build/compile-task.ts makes them.
import { readFileSync, statSync } from "node:fs";
import { join } from "node:path";

/** Removed by `npm ci` together with the packages that are compiled in. */
export function compiledFolder(project) {
  return join(project, "node_modules", ".cache", "plano-affinity");
}

/** The compiled task; undefined where there is none, or a source has changed since. */
export function compiledTask(project, task) {
  try {
    const { program, sources } = JSON.parse(readFileSync(join(compiledFolder(project), `${task}.json`), "utf8"));
    statSync(program);
    const isSame = ({ path, size, mtimeMs }) => {
      const now = statSync(join(project, path));
      return now.size === size && now.mtimeMs === mtimeMs;
    };
    return sources.every(isSame) ? program : undefined;
  } catch {
    return undefined;
  }
}
