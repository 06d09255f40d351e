import type { Progress } from "../../../lib/progress";
import { ensureTool, findTool } from "../ensure";
import type { Tool } from "../tool";
import { testTools } from "./tools";

const { chromium } = testTools;

/** What browsers that puppeteer can drive are called, and where macOS keeps one. */
const names = [
  "chromium-headless-shell",
  "chromium",
  "chromium-browser",
  "google-chrome-stable",
  "google-chrome",
  "Google Chrome",
];
const folders = ["/Applications/Google Chrome.app/Contents/MacOS"];
const known = names.map((name): Tool => ({ ...chromium, binaries: [name], path: { ...chromium.path, folders } }));

/**
 * The browser of the tests: `CHROME_PATH`, else one on PATH, else the one in the cache.
 * @returns its path; undefined when there is none
 */
async function findBrowser(): Promise<string | undefined> {
  const chosen = process.env.CHROME_PATH ?? "";
  if (chosen !== "") return chosen;
  for (const tool of [...known, chromium]) {
    const [path] = Object.values((await findTool(tool))?.binaries ?? {});
    if (path !== undefined) return path;
  }
  return undefined;
}

/**
 * Finds a browser, or fetches the distribution's into the cache.
 * @throws Error naming what was tried, where there is none to find or fetch
 */
export async function ensureBrowser(progress: Progress, signal?: AbortSignal): Promise<string | undefined> {
  return (await findBrowser()) ?? (await ensureTool(chromium, progress, signal)).binaries["chromium-headless-shell"];
}
