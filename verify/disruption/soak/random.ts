/** Numbers from 0 to below 1. */
export type Random = () => number;

/** Undefined when there are no items. */
export function oneOf<T>(items: readonly T[], random: Random): T | undefined {
  return items[Math.floor(random() * items.length)];
}
