import { readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Measurements } from "./measurements";
import { drawChart } from "./page/chart";
import { charts } from "./page/charts";
import { page } from "./page/page";

const docs = join(__dirname, "..", "..", "docs");
const file = join(docs, "performance.json");

/** What has been measured so far: docs/performance.json. */
export async function readMeasurements(): Promise<Measurements> {
  return JSON.parse(await readFile(file, "utf8")) as Measurements;
}

/** Writes docs/performance.json as the project's formatter has it, and what is rendered from it. */
export async function writeMeasurements(measured: Measurements): Promise<void> {
  const { format, resolveConfig } = await import("prettier");
  await writeFile(file, await format(JSON.stringify(measured), { ...(await resolveConfig(file)), filepath: file }));
  const rendered = await render(measured);
  const stale = (await readdir(join(docs, "pictures"))).filter((name) => name.startsWith("growth-"));
  for (const name of stale) if (!(`pictures/${name}` in rendered)) await rm(join(docs, "pictures", name));
  for (const [name, text] of Object.entries(rendered)) await writeFile(join(docs, name), text);
}

/** The page and its pictures, by their paths in docs/: nothing in them comes from anywhere but the measurements. */
export async function render(measured: Measurements): Promise<Readonly<Record<string, string>>> {
  const pictures = Object.entries(charts(measured)).map(async ([name, chart]) => [`pictures/${name}`, await drawChart(chart)]);
  return { "performance.md": page(measured), ...(Object.fromEntries(await Promise.all(pictures)) as Record<string, string>) };
}
