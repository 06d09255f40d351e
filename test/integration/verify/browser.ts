import type { Context } from "mocha";
import { join } from "node:path";
import { writeFile } from "node:fs/promises";
import { pathToFileURL } from "node:url";
import puppeteer from "puppeteer-core";
import { temporaryFolder } from "../../../lib/files";
import { skipBecause } from "../../../lib/testing/skip";
import { silentProgress } from "../../../lib/progress";
import { ensureBrowser } from "../../../sandbox/toolchain/testing/browser";

/** How a page is looked at. */
export interface View {
  /** In CSS pixels. */
  readonly width: number;
  readonly height: number;
  readonly scheme: "light" | "dark";
  readonly media?: "screen" | "print";
}

export const desktop: View = { width: 1180, height: 820, scheme: "light" };
export const phone: View = { width: 360, height: 740, scheme: "light" };

export type StartedBrowser = Awaited<ReturnType<typeof startBrowser>>;

/** Starts the browser that there is, or the distribution's; without one the tests are skipped. For a `before` hook. */
export async function startBrowser(context: Context) {
  // It is fetched where neither the machine nor the tool cache has one.
  context.timeout(600_000);
  const found = ensureBrowser(silentProgress);
  const executablePath = await found.catch((error: unknown) => skipBecause(context, String(error).split("\n")[0] ?? ""));
  // Chromium's own sandbox refuses to run as root.
  const args = process.getuid?.() === 0 ? ["--no-sandbox"] : [];
  const browser = await puppeteer.launch({ executablePath, headless: true, args });
  const folder = await temporaryFolder("plano-affinity-html-");

  /** Opens a page from a file, as a person would, in the place of the one before. */
  async function open(html: string, { width, height, scheme, media = "screen" }: View) {
    const file = join(folder.path, "report.html");
    await writeFile(file, html);
    const [before] = await browser.pages();
    const page = await browser.newPage();
    await before?.close();
    /** Console messages of any kind, errors of scripts, dialogs. */
    const complaints: string[] = [];
    /** URLs asked for, that of the page first. */
    const requests: string[] = [];
    page.on("console", (message) => complaints.push(`${message.type()}: ${message.text()}`));
    page.on("pageerror", (error) => complaints.push(String(error)));
    page.on("dialog", (dialog) => {
      complaints.push(`dialog: ${dialog.message()}`);
      void dialog.dismiss();
    });
    page.on("request", (request) => requests.push(request.url()));
    await page.setViewport({ width, height });
    // Both at once: puppeteer's own calls, one for each, undo one another.
    const devtools = await page.createCDPSession();
    await devtools.send("Emulation.setEmulatedMedia", { media, features: [{ name: "prefers-color-scheme", value: scheme }] });
    await page.goto(pathToFileURL(file).href, { waitUntil: "load" });
    /** Runs an expression in the page. Text, for a function would be compiled with helpers that the page lacks. */
    const evaluate = async <T>(expression: string): Promise<T> => (await page.evaluate(expression)) as T;
    return { page, complaints, requests, evaluate };
  }

  return {
    open,
    async [Symbol.asyncDispose]() {
      await browser.close();
      await folder[Symbol.asyncDispose]();
    },
  };
}
