import assert from "node:assert/strict";
import * as pulumi from "@pulumi/pulumi";
import { loadSettings, type Settings } from "..";

/** Lets secrets be made although there is no engine. */
export const withoutEngine = (): Promise<void> =>
  pulumi.runtime.setMocks({
    newResource: ({ inputs }) => ({ id: "", state: inputs as object }),
    call: ({ inputs }) => inputs as object,
  });

/** Loads a configuration; keys in `plain` are not stored encrypted although they should be. */
export function load(
  values: { readonly [key: string]: string } = {},
  secretKeys: readonly string[] = ["OPENAI_API_KEY", "redisUrl", "redisPassword", "imagePullConfig"],
): Settings {
  return loadSettings({ values: new Map(Object.entries(values)), secretKeys: new Set(secretKeys) });
}

/** The message with which a configuration is refused. */
export function refusal(values: { readonly [key: string]: string }, secretKeys?: readonly string[]): string {
  try {
    load(values, secretKeys);
  } catch (error) {
    assert.ok(pulumi.RunError.isInstance(error), String(error));
    return error.message;
  }
  return assert.fail(`accepted: ${JSON.stringify(values)}`);
}

/** A configuration that is refused for one reason. */
export interface Refused {
  readonly name: string;
  readonly values: { readonly [key: string]: string };
  readonly says: readonly string[];
}

export function refusesEach(cases: readonly Refused[]): void {
  for (const { name, values, says } of cases) {
    it(`refuses ${name}`, () => {
      const message = refusal(values);
      assert.match(message, /^1 setting is wrong; nothing was made or changed\.\n/);
      for (const part of says) assert.ok(message.includes(part), `"${part}" is not in:\n${message}`);
    });
  }
}
