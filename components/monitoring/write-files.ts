// Writes the files in `files/`: node -r tsx/cjs components/monitoring/write-files.ts
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { monitoringFiles } from "./files";

const folder = join(__dirname, "files");
mkdirSync(folder, { recursive: true });
for (const [name, text] of Object.entries(monitoringFiles())) writeFileSync(join(folder, name), text);
