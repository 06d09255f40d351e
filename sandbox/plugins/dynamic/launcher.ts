import { locateSdk } from "../language/program";
import { exitWithEngine } from "../rpc/server";

/**
 * Runs `@pulumi/pulumi/cmd/dynamic-provider` in this process. It is the SDK of the *program* that must be loaded, for
 * it deserializes what that program serialized; the engine starts plugins in the program's folder.
 */
export function main(): void {
  exitWithEngine();
  // It reads the engine's address from process.argv, serves, and prints its port.
  require(locateSdk(process.cwd(), "dynamic-provider"));
}
