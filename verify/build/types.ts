import { join } from "node:path";
import { projectFolder } from "./bundle";

/**
 * The types of a module of this checkout and of all that it uses, as one declaration file that needs nothing but
 * `@types/node`.
 *
 * @param source relative to the checkout
 * @throws Error with the compiler's messages where there is a type error
 */
export async function declarationsOf(source: string): Promise<string> {
  // It loads TypeScript, which nothing else here needs.
  const { generateDtsBundle } = await import("dts-bundle-generator");
  const entry = { filePath: join(projectFolder, source), output: { noBanner: true, exportReferencedTypes: false } };
  const [declarations = ""] = generateDtsBundle([entry], { preferredConfigPath: join(projectFolder, "tsconfig.json") });
  return declarations;
}
