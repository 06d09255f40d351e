/** `uid 1a2b3c4d`: enough to tell pods apart. */
export function shortUid({ uid }: { readonly uid: string }): string {
  return `uid ${uid.slice(0, 8)}`;
}
