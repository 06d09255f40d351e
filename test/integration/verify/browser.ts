import type { Context } from "mocha";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import puppeteer, { type Browser, type Page } from "puppeteer-core";
import { findBrowser } from "../../../sandbox/toolchain/browser";
import { skipBecause } from "../../../lib/testing/skip";

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

/** A page that is open, and what went wrong or was asked for while it was. */
export interface OpenPage {
  readonly page: Page;
  /** Console messages of any kind, errors of scripts, dialogs. */
  readonly complaints: readonly string[];
  /** URLs asked for, that of the page first. */
  readonly requests: readonly string[];
  /** Runs an expression in the page. Text, for a function would be compiled with helpers that the page lacks. */
  readonly evaluate: <T>(expression: string) => Promise<T>;
}

/** A real browser. */
export class StartedBrowser implements AsyncDisposable {
  private constructor(
    private readonly browser: Browser,
    private readonly folder: string,
  ) {}

  /** Starts the browser that there is; without one the tests are skipped. For a `before` hook. */
  static async start(context: Context): Promise<StartedBrowser> {
    const executablePath = await findBrowser();
    if (executablePath === undefined) {
      skipBecause(context, process.env.PLANO_AFFINITY_NO_BROWSER ?? "there is no Chromium: put one on PATH or set CHROME_PATH");
    }
    // Chromium's own sandbox refuses to run as root.
    const args = process.getuid?.() === 0 ? ["--no-sandbox"] : [];
    const browser = await puppeteer.launch({ executablePath, headless: true, args });
    return new StartedBrowser(browser, await mkdtemp(join(tmpdir(), "plano-affinity-html-")));
  }

  /** Opens a page from a file, as a person would, in the place of the one before. */
  async open(html: string, { width, height, scheme, media }: View): Promise<OpenPage> {
    const file = join(this.folder, "report.html");
    await writeFile(file, html);
    const [before] = await this.browser.pages();
    const page = await this.browser.newPage();
    await before?.close();
    const complaints: string[] = [];
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
    const features = [{ name: "prefers-color-scheme", value: scheme }];
    await devtools.send("Emulation.setEmulatedMedia", { media: media ?? "screen", features });
    await page.goto(pathToFileURL(file).href, { waitUntil: "load" });
    const evaluate = async <T>(expression: string): Promise<T> => (await page.evaluate(expression)) as T;
    return { page, complaints, requests, evaluate };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.browser.close();
    await rm(this.folder, { recursive: true, force: true });
  }
}
