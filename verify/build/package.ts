import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { bundle, projectFolder } from "./bundle";

/**
 * Makes the `dist/` of `npm pack` anew: the command line, the module with its types, their chunks, and their licences.
 * @throws Error when a source cannot be compiled, or a bundled package has no licence
 */
export async function makePackage(folder = join(projectFolder, "verify", "dist")): Promise<void> {
  await rm(folder, { recursive: true, force: true });
  await makePrograms({ "plano-affinity": "verify/cli.ts", index: "verify/index.ts" }, folder);
  await writeFile(join(folder, "index.d.mts"), await declarationsOf("verify/index.ts"));
}

/**
 * Programs with their licences, for the package and for an image.
 * @public The Dockerfile calls it.
 * @throws Error as {@link makePackage}
 */
export async function makePrograms(programs: Readonly<Record<string, string>>, folder: string): Promise<void> {
  const sources = await bundle(programs, folder);
  await writeFile(join(folder, "THIRD-PARTY-LICENCES.txt"), thirdPartyLicences(sources));
}

/** The types of a module and of all that it uses, as one declaration file that needs nothing but `@types/node`. */
export async function declarationsOf(source: string): Promise<string> {
  // It loads TypeScript, which nothing else here needs.
  const { generateDtsBundle } = await import("dts-bundle-generator");
  const entry = { filePath: join(projectFolder, source), output: { noBanner: true, exportReferencedTypes: false } };
  const [declarations = ""] = generateDtsBundle([entry], { preferredConfigPath: join(projectFolder, "tsconfig.json") });
  return declarations;
}

/** The licences of all packages in a bundle, which must go with it wherever it goes. */
function thirdPartyLicences(sources: readonly string[]): string {
  const packaged = sources.filter((source) => source.includes("node_modules/"));
  const folders = new Set(packaged.map((source) => packageFolder(dirname(join(projectFolder, source)))));
  const sections = [...folders].map(sectionOf).sort((a, b) => a.localeCompare(b));
  const title = "plano-affinity is compiled together with parts of these packages.\n";
  return [title, ...sections].join(`\n${"-".repeat(80)}\n\n`);
}

function packageFolder(folder: string): string {
  return readManifest(folder)?.name === undefined ? packageFolder(dirname(folder)) : folder;
}

/** Its name, version and licence, with the text of the licence, of which there may be several, and its notice. */
export function sectionOf(folder: string): string {
  const { name = "", version = "", license } = readManifest(folder) ?? {};
  const pattern = /^((un)?licen[cs]e|copying|notice|copyright)(?!.*\.([cm]?[jt]s|json)$)/i;
  const files = readdirSync(folder).filter((it) => pattern.test(it) && statSync(join(folder, it)).isFile());
  if (license === undefined || files.length === 0)
    throw new Error(`the package ${name} ${version} does not name its licence, or lacks its text: it cannot be bundled`);
  const texts = files.sort().map((it) => `\n${readFileSync(join(folder, it), "utf8").trim()}\n`);
  return `${name} ${version}\nLicence: ${license}\n${texts.join("")}`;
}

type Manifest = Readonly<Partial<Record<"name" | "version" | "license", string>>>;

function readManifest(folder: string): Manifest | undefined {
  const file = join(folder, "package.json");
  return existsSync(file) ? (JSON.parse(readFileSync(file, "utf8")) as Manifest) : undefined;
}
