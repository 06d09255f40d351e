import { readFileSync } from "node:fs";

/** The version of an installed npm package; a plugin has the version of the SDK that it serves. */
export function sdkVersion(packageName: string): string {
  const manifest = JSON.parse(readFileSync(require.resolve(`${packageName}/package.json`), "utf8")) as { version: string };
  return manifest.version;
}
