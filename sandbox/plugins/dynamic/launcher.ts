import { createRequire } from "node:module";
import { join } from "node:path";
import { exitWithEngine } from "../rpc/server";

/**
 * Runs `@pulumi/pulumi/cmd/dynamic-provider` in this process. It is the SDK of the *program* that must be loaded, for
 * it deserializes what that program serialized; the engine starts plugins in the program's folder.
 */
export function main(): void {
  let provider: string;
  try {
    provider = createRequire(join(process.cwd(), "package.json")).resolve("@pulumi/pulumi/cmd/dynamic-provider");
  } catch {
    process.stderr.write(`@pulumi/pulumi is not installed for the program in ${process.cwd()}: run npm ci there\n`);
    process.exit(1);
  }
  exitWithEngine();
  // It reads the engine's address from process.argv, serves, and prints its port.
  require(provider);
}
