/**
 * The part of a Dockerfile that makes one stage: what comes before the first stage, the stage, and those that it is
 * made from. A builder without BuildKit makes every stage that comes before its target, with base images of a gigabyte
 * and installs that take minutes, and of each stage an image without a name.
 *
 * @param label `key=value`, for those images: what can be found can be removed
 * @throws Error when there is no such stage.
 */
export function stagesFor(dockerfile: string, target: string, label: string): string {
  const [head = "", ...stages] = dockerfile.split(/^(?=FROM\s)/m);
  const named = stages.map((text) => ({ text, name: /^FROM\s+\S+\s+AS\s+(\S+)/i.exec(text)?.[1] ?? "" }));
  if (!named.some(({ name }) => name === target)) throw new Error(`the Dockerfile has no stage ${target}`);
  const needed = new Set([target]);
  // From the last to the first, for a stage only names stages before it.
  for (const { text, name } of [...named].reverse()) {
    if (!needed.has(name)) continue;
    for (const [, from, copied] of text.matchAll(/^FROM\s+(\S+)|--from=(\S+)/gm)) needed.add(from ?? copied ?? "");
  }
  const parts = named.filter(({ name }) => needed.has(name));
  // At the end, for what comes after it is built anew with every change.
  return [head, ...parts.map(({ text, name }) => (name === target ? text : `${text.trimEnd()}\nLABEL ${label}\n`))].join("");
}
