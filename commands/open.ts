import { silentProgress } from "../lib/progress";
import { findTool } from "../sandbox/toolchain/ensure";
import { tools } from "../sandbox/toolchain/tools";
import { silence } from "./status/answers";
import { openerOf, openPage } from "./status/browser";
import { findStack } from "./status/find-stack";
import { Forwarder } from "./status/forward";
import { pageLines, pagesOf } from "./status/pages";
import { newestReport } from "./status/reports";
import { showPages } from "./status/show-pages";
import { nothingUp } from "./status/stack";
import { defaultOptions } from "../verify/options";
import { interruption, projectFolder, runTask, UserError } from "./main";
import { pulumiEnvironment } from "./pulumi-environment";

/** `npm run open`: Jaeger, the gateway and the last HTML report in the browser; with `--print` only their addresses. */
runTask(async (args) => {
  const unknown = args.filter((it) => it !== "--print");
  if (unknown.length > 0) throw new UserError(`npm run open knows no ${unknown.join(" ")}; it takes --print`);
  const signal = interruption();
  const name = process.env.PULUMI_STACK ?? "dev";
  const pulumi = (await findTool(tools.pulumi)) && (await pulumiEnvironment(silentProgress, signal));
  const { stack, where } = await findStack({ name, folder: projectFolder, pulumi, signal });
  const outputs = stack?.outputs;
  const report = await newestReport(projectFolder, "html");
  if (outputs?.gatewayUrl === undefined) {
    const nothing = nothingUp(name, where, stack);
    if (report === undefined) throw new UserError(nothing);
    process.stderr.write(`${nothing}\n`);
  }
  const pages = pagesOf(outputs, report);
  const print = (line: string): void => void process.stdout.write(`${line}\n`);
  if (args.includes("--print")) {
    pageLines(pages).forEach(print);
    return 0;
  }

  const { kubeconfig = "", namespace = defaultOptions.target.namespace } = outputs ?? {};
  let forwarder: Promise<Forwarder> | undefined;
  const desktop = { platform: process.platform, env: process.env };
  try {
    const shown = await showPages(pages, {
      forward: async (forwarded) => (await (forwarder ??= Forwarder.connect(kubeconfig, namespace, signal))).to(forwarded),
      silence: (url) => silence(url, signal),
      open:
        openerOf("", desktop) &&
        (async (url) => {
          const opener = openerOf(url, desktop);
          return opener && openPage(opener);
        }),
      print,
      signal,
    });
    return shown ? 0 : 1;
  } finally {
    await (await forwarder?.catch(() => undefined))?.[Symbol.asyncDispose]();
  }
});
