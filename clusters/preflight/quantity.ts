/** A number as people read it in a quota: memory and storage in Mi, CPU in thousandths, the rest as it is. */
export function show(value: number, resource: string): string {
  if (/memory|storage/.test(resource) && !resource.startsWith("count/")) return `${Math.round((value / 2 ** 20) * 10) / 10}Mi`;
  if (resource.endsWith("cpu")) return `${Math.round(value * 1_000)}m`;
  return String(value);
}
