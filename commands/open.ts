import { existsSync } from "node:fs";
import { reportPage } from "../lib/paths";
import { openerOf, openPage, visit } from "./status/browser";
import { pageLine, pagesOf } from "./status/pages";
import { nothingUp, stackOfCheckout } from "./status/stack";
import { interruption, projectFolder, runTask, UserError } from "./main";

/** `npm run open`: Jaeger, the gateway and the last proof's report in the browser; with `--print` only their addresses. */
runTask(async (args) => {
  const unknown = args.filter((it) => it !== "--print");
  if (unknown.length > 0) throw new UserError(`npm run open does not know ${unknown.join(" ")}; it takes --print`);
  const signal = interruption();
  const { name, stack, where } = await stackOfCheckout(signal);
  const report = reportPage(projectFolder, name);
  const hasReport = existsSync(report);
  if (stack?.outputs.gatewayUrl === undefined) {
    const nothing = nothingUp(name, where, stack);
    if (!hasReport) throw new UserError(nothing);
    process.stderr.write(`${nothing}\n`);
  }
  const opener = (url: string) => (args.includes("--print") ? undefined : openerOf(url, process.platform, process.env));
  const pages = await pagesOf(stack?.outputs, hasReport ? report : undefined, (url) => visit(url, signal));
  for (const page of pages) {
    process.stdout.write(`${pageLine(page)}\n`);
    const found = page.url === undefined || page.note !== undefined ? undefined : opener(page.url);
    const refused = found && (await openPage(found));
    if (refused !== undefined) process.stdout.write(`  the browser did not open it: ${refused}\n`);
  }
  if (args.length === 0 && opener("") === undefined)
    process.stdout.write("There is no desktop here: open the addresses yourself.\n");
  return 0;
});
