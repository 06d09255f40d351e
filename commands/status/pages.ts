import { pathToFileURL } from "node:url";
import type { FoundReport } from "./reports";
import type { StackOutputs } from "./stack";

/** A page to look at. */
export interface Page {
  readonly name: "gateway" | "Jaeger" | "report";
  /** Undefined where there is none. */
  readonly url: string | undefined;
  /** What to know about it, in one line: the command that makes it or leads to it. */
  readonly note?: string;
  /** The pods that it is forwarded from, where no address leads to it. */
  readonly tunnel?: { readonly selector: string; readonly port: number; readonly path: string };
}

/** What a browser can show of the gateway; it has no page of its own. */
const gatewayPath = "/v1/models";

const tunnels = {
  gateway: { selector: "app=plano", port: 12_000, path: gatewayPath },
  Jaeger: { selector: "app=jaeger", port: 16_686, path: "/" },
} as const;

const makeReport = "none yet: npm run verify -- --report html=report.html makes one";

/**
 * Pure: the pages of a stack.
 * @param outputs undefined without a stack
 */
export function pagesOf(outputs: StackOutputs | undefined, report: FoundReport | undefined): Page[] {
  const { gatewayUrl, gatewayHint, jaegerUrl, jaegerHint } = outputs ?? {};
  return [
    servedPage("Jaeger", jaegerUrl, jaegerHint),
    servedPage("gateway", gatewayUrl && `${gatewayUrl.replace(/\/+$/, "")}${gatewayPath}`, gatewayHint),
    report === undefined
      ? { name: "report", url: undefined, note: makeReport }
      : { name: "report", url: pathToFileURL(report.path).href },
  ];
}

function servedPage(name: "gateway" | "Jaeger", url: string | undefined, hint = ""): Page {
  if (url === undefined) return { name, url, note: "the stack is not up: npm start" };
  // The hint may end in a remark on what it is good for.
  return hint === "" ? { name, url } : { name, url, note: `first run: ${hint}`, tunnel: tunnels[name] };
}

/** Pure: the pages as lines for people. */
export function pageLines(pages: readonly Page[]): string[] {
  return pages.map(({ name, url, note }) => {
    const label = `  ${name.padEnd(8)} `;
    if (url === undefined) return `${label}${note ?? "none"}`;
    return note === undefined ? `${label}${url}` : `${label}${url}\n${" ".repeat(label.length)}${note}`;
  });
}
