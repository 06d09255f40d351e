import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { stringify } from "yaml";
import { projectConfig, settingsMarkdown, versionsTable } from "../settings/generated";
import { projectFolder, runTask } from "../commands/main";

/** `npm run generate`: writes the parts of files that follow from tables of the program. */
runTask(async () => {
  await rewrite("Pulumi.yaml", /^config:\n[^]*/m, stringify({ config: projectConfig() }, { lineWidth: 0 }));
  await rewrite("docs/configuration.md", /^\| key \|[^]*?\n(?!\|)/m, `${settingsMarkdown()}\n`);
  await rewrite("docs/versions.md", /^\| releases \|[^]*?\n(?!\|)/m, `${versionsTable()}\n`);
  return 0;
});

async function rewrite(name: string, part: RegExp, text: string): Promise<void> {
  const file = join(projectFolder, name);
  const before = await readFile(file, "utf8");
  if (!part.test(before)) throw new Error(`${name} has no part that matches ${part}`);
  await writeFile(
    file,
    before.replace(part, () => text),
  );
}
