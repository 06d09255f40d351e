import { strict as assert } from "node:assert";

/** In which forms a text has a secret: as it is, or in base64, by where in a group of three it begins. */
export function formsIn(text: string, secret: string): string[] {
  const within = [0, 1, 2].map((before) => {
    const encoded = Buffer.from(`${"-".repeat(before)}${secret}`).toString("base64");
    return [`base64 from ${before}`, encoded.slice(before === 0 ? 0 : before + 1, -4)] as const;
  });
  return [["plain", secret] as const, ...within].flatMap(([name, form]) => (text.includes(form) ? [name] : []));
}

/** That a text is there, and has not the secret. */
export function assertHidden(where: string, text: string, secret: string): void {
  assert.notEqual(text, "", `${where} is empty`);
  assert.deepEqual(formsIn(text, secret), [], `${where} has the API key`);
}
