import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { parseDocument } from "yaml";
import { projectName } from "../clusters/project-name";
import { UserError } from "./main";

/**
 * Takes out of a checkout's `Pulumi.<stack>.yaml` files what belongs to a passphrase that is no longer there, so that a
 * new one can take its place: a checkout whose `.pulumi` was removed would else refuse every command.
 *
 * @throws UserError when a file holds secrets that only the old passphrase can read.
 */
export async function dropForeignSalts(project: string): Promise<void> {
  for (const file of await saltedFiles(project)) {
    const path = join(project, file);
    const document = parseDocument(await readFile(path, "utf8"));
    const namespace = `${projectName(project)}:`;
    const secrets = secretKeys(document.get("config", true)).map((key) => key.replace(namespace, ""));
    if (secrets.length > 0) {
      throw new UserError(
        `${file} holds secrets (${secrets.join(", ")}) whose passphrase is not here: .pulumi/passphrase is missing.\n` +
          `Bring that file back, or set PULUMI_CONFIG_PASSPHRASE, or take these lines out and set them again.`,
      );
    }
    document.delete("encryptionsalt");
    if (!document.has("config")) document.set("config", document.createNode({}, { flow: true }));
    await writeFile(path, document.toString());
  }
}

/** The `Pulumi.<stack>.yaml` files of a checkout that belong to a passphrase, by their names. */
export async function saltedFiles(project: string): Promise<string[]> {
  const files = (await readdir(project)).filter((it) => /^Pulumi\..+\.yaml$/.test(it));
  const texts = await Promise.all(files.map((file) => readFile(join(project, file), "utf8")));
  return files.filter((_, i) => parseDocument(texts[i] ?? "").has("encryptionsalt"));
}

/** The settings that have an encrypted value somewhere in them. */
function secretKeys(config: unknown): string[] {
  const values = (config as { toJSON?(): unknown } | undefined)?.toJSON?.() ?? {};
  return Object.entries(values)
    .filter(([, value]) => holdsSecret(value))
    .map(([key]) => key);
}

function holdsSecret(value: unknown): boolean {
  if (typeof value !== "object" || value === null) return false;
  return "secure" in value || Object.values(value).some(holdsSecret);
}
