import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { scratchPerTest } from "../../lib/testing/scratch";
import { sectionOf } from "./package";

const project = join(__dirname, "..", "..");

/**
 * Licences, by SPDX, of packages that this project may use and, where they are bundled, pass on under Apache-2.0 with
 * their texts. Licences that would bind the project's own sources are not among them.
 */
const allowed = new Set([
  ...["0BSD", "Apache-2.0", "BlueOak-1.0.0", "BSD-2-Clause", "BSD-3-Clause", "CC0-1.0", "ISC", "MIT", "Python-2.0", "Unlicense"],
  // Of data, not of a program: the lists of SPDX itself.
  "CC-BY-3.0",
]);

/** Packages whose manifest refers to a licence file, and what that file says. */
const read: Readonly<Record<string, string>> = { "@logdna/tail-file": "MIT" };

interface Manifest {
  readonly license?: string;
}

/** Whether a licence, such as `(MIT OR GPL-3.0-only) AND ISC`, is one that the project may use. */
function isAllowed(expression: string): boolean {
  const inner = /\(([^()]*)\)/.exec(expression);
  if (inner !== null) return isAllowed(expression.replace(inner[0], isAllowed(inner[1] ?? "") ? "MIT" : "none"));
  return expression.split(" OR ").some((choice) => choice.split(" AND ").every((it) => allowed.has(it.trim())));
}

/** The licence that a package names, installed or, where it is for another platform, in package-lock.json. */
function licenceOf(path: string, locked: Manifest): string {
  const manifest = join(project, path, "package.json");
  const named = existsSync(manifest) ? (JSON.parse(readFileSync(manifest, "utf8")) as Manifest) : locked;
  return read[path.replace(/^.*node_modules\//, "")] ?? named.license ?? "none";
}

describe("the licences of packages", () => {
  const scratch = scratchPerTest();

  /** A package with these files, each of which holds a licence's text. */
  async function packageWith(files: readonly string[]): Promise<string> {
    await scratch().file("moon/package.json", '{"name": "moon", "version": "1.0.0", "license": "MIT"}');
    for (const it of files) await scratch().file(`moon/${it}`, "\nMIT\n");
    return join(scratch().folder, "moon");
  }

  for (const [texts, ...files] of [
    [1, "LICENSE-MIT.txt"],
    [1, "license"],
    [2, "LICENCE.markdown", "NOTICE"],
    [3, "LICENSE.APACHE2", "UNLICENSE", "COPYING.LESSER", "licenses/a", "licenses.js"],
  ] as const)
    it(`go along with what is compiled in: ${files.join(", ")}`, async () => {
      assert.equal(sectionOf(await packageWith(files)), `moon 1.0.0\nLicence: MIT\n${"\nMIT\n".repeat(texts)}`);
    });

  it("are missed where there is no text", async () => {
    const folder = await packageWith(["license.js", "LICENSES.json"]);
    const message = /^the package moon 1\.0\.0 does not .* lacks its text: it cannot be bundled$/;
    assert.throws(() => sectionOf(folder), { message });
  });

  it("are all among those that the project may use", () => {
    const { packages } = JSON.parse(readFileSync(join(project, "package-lock.json"), "utf8")) as {
      readonly packages: Readonly<Record<string, Manifest>>;
    };
    const licences = Object.entries(packages).map(([path, locked]) => [path, licenceOf(path, locked)] as const);
    const refused = licences.filter(([path, licence]) => path !== "" && !isAllowed(licence));
    assert.deepEqual(refused, []);
    // An expression is refused for one part that is, unless there is a choice.
    const expressions = ["(GPL-3.0-only OR MIT)", "(MIT OR GPL-3.0-only) AND AGPL-3.0-only", "none"];
    assert.deepEqual(expressions.map(isAllowed), [true, false, false]);
  });
});
