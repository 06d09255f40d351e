import { once } from "node:events";
import type { Forwarded } from "./forward";
import { type Page, pageLines } from "./pages";
import { reasonIn } from "./seen";

/** What pages are shown with. */
export interface ShowTools {
  /** Makes a loopback address that leads to pods. @throws Error saying why it cannot */
  readonly forward: (forwarded: Forwarded) => Promise<string>;
  /** Why nothing answers at an address, where that is so. */
  readonly silence: (url: string) => Promise<string | undefined>;
  /** Opens a page in the browser; returns why it could not. Undefined: there is no desktop. */
  readonly open: ((url: string) => Promise<string | undefined>) | undefined;
  readonly print: (line: string) => void;
  /** Ends the tunnels. */
  readonly signal: AbortSignal;
}

/**
 * Opens pages, or where there is no desktop says where they are. While one of them comes through a tunnel it stays until
 * the signal.
 * @returns whether there was anything to show
 */
export async function showPages(pages: readonly Page[], tools: ShowTools): Promise<boolean> {
  const { open, print, signal } = tools;
  let shown = 0;
  let forwarded = 0;
  for (const page of pages) {
    const found = await reach(page, tools);
    if (signal.aborted) return shown > 0;
    print(pageLines([found]).join("\n"));
    if (found.url === undefined || found.note !== undefined) continue;
    shown++;
    if (page.tunnel !== undefined) forwarded++;
    const refused = await open?.(found.url);
    if (refused !== undefined) print(`  the browser did not open it: ${refused}`);
  }
  if (open === undefined && shown > 0) print("There is no desktop here: open the addresses yourself.");
  if (forwarded > 0 && !signal.aborted) {
    print(`Forwarding ${forwarded === 1 ? "a port" : `${forwarded} ports`} until Ctrl-C.`);
    await once(signal, "abort");
  }
  return shown > 0;
}

/** The page at an address that answers here; else with a note that says why there is none. */
async function reach(page: Page, { forward, silence }: ShowTools): Promise<Page> {
  if (page.url === undefined || page.name === "report") return page;
  try {
    const { name, tunnel } = page;
    const url = tunnel === undefined ? page.url : `${await forward(tunnel)}${tunnel.path}`;
    const problem = await silence(url);
    return problem === undefined ? { name, url } : { name, url, note: `does not answer: ${problem}` };
  } catch (error) {
    return { ...page, note: `cannot be reached: ${reasonIn(error)}` };
  }
}
