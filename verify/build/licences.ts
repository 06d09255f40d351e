import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { type Bundle, projectFolder } from "./bundle";

/**
 * The licences of all packages in a bundle, which must go with it wherever it goes.
 *
 * @throws Error when a package does not say which licence it has
 */
export function thirdPartyLicences({ sources, legalComments }: Bundle): string {
  const folders = new Set(sources.flatMap((source) => packageFolder(join(projectFolder, source)) ?? []));
  const sections = [...folders].map(sectionOf).sort((a, b) => a.localeCompare(b));
  const comments = legalComments.length === 0 ? [] : [`Licence comments of their sources\n\n${legalComments.join("\n")}\n`];
  return [`plano-affinity is compiled together with parts of these packages.\n`, ...sections, ...comments].join(
    `\n${"-".repeat(80)}\n\n`,
  );
}

/** The nearest folder below node_modules with a package.json that names a package; undefined for our own sources. */
function packageFolder(file: string): string[] | undefined {
  if (!file.includes("/node_modules/")) return undefined;
  for (let folder = dirname(file); folder.includes("/node_modules/"); folder = dirname(folder)) {
    if (readManifest(folder)?.name !== undefined) return [folder];
  }
  throw new Error(`${file} belongs to no package`);
}

/** Its name, version and licence, with the text of its licence file if it has one. */
function sectionOf(folder: string): string {
  const { name = "", version = "", license } = readManifest(folder) ?? {};
  if (license === undefined) throw new Error(`the package ${name} ${version} does not name its licence: it cannot be bundled`);
  const file = readdirSync(folder).find((it) => /^(licen[cs]e|copying)(\.(md|txt))?$/i.test(it));
  const text = file === undefined ? "" : `\n${readFileSync(join(folder, file), "utf8").trim()}\n`;
  return `${name} ${version}\nLicence: ${license}\n${text}`;
}

interface Manifest {
  readonly name?: string;
  readonly version?: string;
  readonly license?: string;
}

function readManifest(folder: string): Manifest | undefined {
  const file = join(folder, "package.json");
  return existsSync(file) ? (JSON.parse(readFileSync(file, "utf8")) as Manifest) : undefined;
}
