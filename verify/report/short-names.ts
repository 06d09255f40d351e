/**
 * Names without the part up to the last dash that all of `names` share, as pods of one Deployment do. Other names, such as
 * those of pods that came later, lose it too where they have it.
 */
export function shortNames(names: readonly string[]): (name: string) => string {
  const [first, ...others] = names;
  if (first === undefined || others.length === 0) return (name) => name;
  let shared = 0;
  while (shared < first.length && others.every((name) => name[shared] === first[shared])) shared++;
  const cut = first.lastIndexOf("-", shared - 1) + 1;
  const prefix = first.slice(0, cut);
  return (name) => (name.startsWith(prefix) && cut < name.length ? name.slice(cut) : name);
}
