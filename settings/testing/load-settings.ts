import assert from "node:assert/strict";
import * as pulumi from "@pulumi/pulumi";
import { loadSettings, type Settings } from "..";

/** A configuration, as the engine gives it. */
export interface Values {
  readonly [key: string]: string;
}

/** Lets secrets be made although there is no engine. */
export const withoutEngine = (): Promise<void> =>
  pulumi.runtime.setMocks(
    { newResource: ({ inputs }) => ({ id: "", state: inputs as object }), call: ({ inputs }) => inputs as object },
    "plano-affinity",
  );

/** Loads a configuration; keys in `plain` are not stored encrypted although they should be. */
export function load(
  values: Values = {},
  secretKeys: readonly string[] = ["OPENAI_API_KEY", "secrets", "redisUrl", "redisPassword", "imagePullConfig"],
): Settings {
  return loadSettings({ values: new Map(Object.entries(values)), secretKeys: new Set(secretKeys) });
}

/** The message with which a configuration is refused. */
export function refusal(values: Values, secretKeys?: readonly string[]): string {
  try {
    load(values, secretKeys);
  } catch (error) {
    assert.ok(pulumi.RunError.isInstance(error), String(error));
    return error.message;
  }
  return assert.fail(`accepted: ${JSON.stringify(values)}`);
}
