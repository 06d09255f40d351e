// Where compiled tasks are, and whether they are still what their sources say. verify/build/compile-task.ts makes them.
import { readFileSync, statSync } from "node:fs";
import { join } from "node:path";

/** A place that goes with the packages when `npm ci` removes them, as what is compiled hangs on them. */
export function compiledFolder(project) {
  return join(project, "node_modules", ".cache", "plano-affinity");
}

/** The compiled task; undefined where there is none, or where a source is another than it was made of. */
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
