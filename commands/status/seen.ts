import { oneLine } from "../../verify/common/errors";

/** Something to show, or in one line why it cannot be shown. */
export type Seen<T> = { readonly value: T } | { readonly why: string };

/** What `look` finds, or why it finds nothing; never throws. */
export async function see<T>(look: () => Promise<T>): Promise<Seen<T>> {
  try {
    return { value: await look() };
  } catch (error) {
    return { why: reasonIn(error) };
  }
}

/** An error in one line. */
export function reasonIn(error: unknown): string {
  return oneLine(error instanceof Error ? error.message : String(error), 300);
}
