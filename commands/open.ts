import { openerOf, openPage, visit } from "./status/browser";
import { type Forwarded, Forwarder } from "./status/forward";
import { pagesOf, printPages, showPages } from "./status/pages";
import { newestReport } from "./status/reports";
import { nothingUp, stackOfCheckout } from "./status/stack";
import { defaultOptions } from "../verify/options";
import { interruption, projectFolder, runTask, UserError } from "./main";

/** `npm run open`: Jaeger, the gateway and the last HTML report in the browser; with `--print` only their addresses. */
runTask(async (args) => {
  const unknown = args.filter((it) => it !== "--print");
  if (unknown.length > 0) throw new UserError(`npm run open does not know ${unknown.join(" ")}; it takes --print`);
  const signal = interruption();
  const { name, stack, where } = await stackOfCheckout(signal);
  const outputs = stack?.outputs;
  const report = await newestReport(projectFolder, name);
  if (outputs?.gatewayUrl === undefined) {
    const nothing = nothingUp(name, where, stack);
    if (report === undefined) throw new UserError(nothing);
    process.stderr.write(`${nothing}\n`);
  }
  const pages = pagesOf(outputs, report);
  const print = (line: string): void => void process.stdout.write(`${line}\n`);
  const { kubeconfig = "", namespace = defaultOptions.target.namespace } = outputs ?? {};
  let forwarder: Promise<Forwarder> | undefined;
  const opener = (url: string) => openerOf(url, process.platform, process.env);
  const open = async (url: string): Promise<string | undefined> => {
    const found = opener(url);
    return found && openPage(found);
  };
  const tools = {
    forward: async (forwarded: Forwarded) =>
      (await (forwarder ??= Forwarder.connect(kubeconfig, namespace, signal))).to(forwarded),
    visit: (url: string) => visit(url, signal),
    open: opener("") && open,
    print,
    signal,
  };
  try {
    if (args.includes("--print")) return await printPages(pages, tools).then(() => 0);
    return (await showPages(pages, tools)) ? 0 : 1;
  } finally {
    await (await forwarder?.catch(() => undefined))?.[Symbol.asyncDispose]();
  }
});
