/** Names without the part up to the last dash that all of them share, as pods of one Deployment do. */
export function shortNames(names: readonly string[]): (name: string) => string {
  const [first, ...others] = names;
  if (first === undefined || others.length === 0) return (name) => name;
  let shared = 0;
  while (shared < first.length && others.every((name) => name[shared] === first[shared])) shared++;
  const cut = first.lastIndexOf("-", shared - 1) + 1;
  const known = new Set(names);
  return (name) => (known.has(name) && cut < name.length ? name.slice(cut) : name);
}
