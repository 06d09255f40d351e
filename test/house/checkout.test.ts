import { projectFolder } from "../../commands/main";
import { auditPackages, obey } from "./house-checks";
import { skipBecause } from "../../lib/testing/skip";

/** Caches go with the packages when `npm ci` removes them. */
const cacheOf = (program: string): string => `node_modules/.cache/${program}/checkout`;

/** Programs of packages that exit with 0 when all is well: path in node_modules, and arguments. */
const programs: Readonly<Record<string, string>> = {
  "is formatted: npm run format": `prettier/bin/prettier.cjs --cache --cache-strategy=content --cache-location=${cacheOf("prettier")} --log-level=warn --check .`,
  "has the right types: npm run typecheck": `typescript/bin/tsc --noEmit --incremental --tsBuildInfoFile ${cacheOf("tsc")}`,
  // Without a cache: rules with types also look into other files, and a cache knows only the file itself.
  "passes the linter: npm run lint": "eslint/bin/eslint.js --max-warnings=0 .",
  "imports one way: npm run imports": "dependency-cruiser/bin/dependency-cruise.mjs --config dev/imports.cjs --output-type err .",
  "uses every file, export and package: npm run unused": "knip/bin/knip.js",
};

/** Begins all of it at once, for each test to wait for its own. */
describe("the checkout", () => {
  const endings = new Map<string, Promise<string | undefined>>();
  const audit = "has no package with a grave vulnerability: npm audit";

  before(() => {
    for (const [title, command] of Object.entries(programs))
      endings.set(title, obey(process.execPath, `node_modules/${command}`.split(" "), projectFolder));
    endings.set(audit, auditPackages(projectFolder, process.env.PLANO_AFFINITY_AUDIT === "strict"));
    for (const ending of endings.values()) ending.catch(() => undefined);
  });

  for (const title of [...Object.keys(programs), audit])
    it(title, async function () {
      const reason = await endings.get(title);
      if (reason !== undefined) skipBecause(this, reason);
    });
});
