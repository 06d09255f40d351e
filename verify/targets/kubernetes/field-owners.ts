/** An entry of `metadata.managedFields`. Source: Kubernetes 1.34, server-side apply. */
export interface ManagedFields {
  readonly manager?: string;
  readonly operation?: string;
  readonly apiVersion?: string;
  readonly subresource?: string;
  readonly time?: string;
  readonly fieldsType?: string;
  readonly fieldsV1?: FieldSet;
}

/** Fields as a tree: `{"f:spec": {"f:replicas": {}}}`. */
export interface FieldSet {
  readonly [field: string]: FieldSet;
}

/** A way down a {@link FieldSet}, e.g. `["f:spec", "f:replicas"]`. */
export type FieldPath = readonly string[];

/**
 * Pure: the entries with the fields given back to their owners, and none of ours. Changing a field takes it from its owners
 * for good: their next server-side apply with another value would be refused as a conflict with us.
 * @param current entries of the object as it is now, its values put back
 * @param owners entries of the object as it was, reduced to the fields that we changed
 * @param ours our own name among the managers
 */
export function handBack(
  current: readonly ManagedFields[] | undefined,
  owners: readonly ManagedFields[],
  ours: string,
): ManagedFields[] {
  const entries = (current ?? []).filter(({ manager }) => manager !== ours);
  for (const owner of owners.filter(({ manager }) => manager !== ours)) {
    const at = entries.findIndex((entry) => isSame(entry, owner));
    const entry = entries[at];
    if (entry === undefined) entries.push(owner);
    else entries[at] = { ...entry, fieldsV1: merged(entry.fieldsV1 ?? {}, owner.fieldsV1 ?? {}) };
  }
  return entries;
}

/** Pure: the entries that own one of the fields, reduced to these fields. */
export function ownersOf(entries: readonly ManagedFields[] | undefined, paths: readonly FieldPath[]): ManagedFields[] {
  return (entries ?? []).flatMap((entry) => {
    const owned = paths.filter((path) => holds(entry.fieldsV1 ?? {}, path));
    return owned.length === 0 ? [] : [{ ...entry, fieldsV1: owned.map(tree).reduce(merged, {}) }];
  });
}

function isSame(a: ManagedFields, b: ManagedFields): boolean {
  const keyOf = ({ manager, operation, apiVersion, subresource = "" }: ManagedFields): string =>
    [manager, operation, apiVersion, subresource].join(" ");
  return keyOf(a) === keyOf(b);
}

function holds(fields: FieldSet, [first, ...rest]: FieldPath): boolean {
  if (first === undefined) return true;
  const below = fields[first];
  return below !== undefined && holds(below, rest);
}

function tree([first, ...rest]: FieldPath): FieldSet {
  return first === undefined ? {} : { [first]: tree(rest) };
}

function merged(a: FieldSet, b: FieldSet): FieldSet {
  const result: Record<string, FieldSet> = { ...a };
  for (const [field, below] of Object.entries(b)) result[field] = merged(a[field] ?? {}, below);
  return result;
}
