import * as pulumi from "@pulumi/pulumi";

/** The raw configuration of one stack. */
export interface ConfigSource {
  /** The project's own keys, without its namespace, as the engine gives them: text, objects as JSON. */
  readonly values: ReadonlyMap<string, string>;
  /** Which of them are stored encrypted. */
  readonly secretKeys: ReadonlySet<string>;
}

/** The configuration of the stack that is running. */
export function stackConfig(): ConfigSource {
  const prefix = `${pulumi.getProject()}:`;
  const own = (key: string) => key.startsWith(prefix);
  const short = (key: string) => key.slice(prefix.length);
  // The SDK has no public way to ask which keys are secret; this variable is the language hosts' contract with it.
  const secrets = JSON.parse(process.env.PULUMI_CONFIG_SECRET_KEYS ?? "[]") as string[];
  return {
    values: new Map(
      Object.entries(pulumi.runtime.allConfig())
        .filter(([key]) => own(key))
        .map(([key, value]) => [short(key), value]),
    ),
    secretKeys: new Set(secrets.filter(own).map(short)),
  };
}
