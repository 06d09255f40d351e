import type { Parser } from "./parsers";

/** Labels by name. */
export type MonitoringLabels = { readonly [label: string]: string };

const label = /^([a-z0-9.-]+\/)?[A-Za-z0-9]([\w.-]{0,61}[A-Za-z0-9])?=([A-Za-z0-9]([\w.-]{0,61}[A-Za-z0-9])?)?$/;

/** `on`, or `<label>=<value>` with further ones after commas. */
export const monitoringLabels: Parser<MonitoringLabels> = (text) => {
  if (text === "on") return { value: {} };
  const wrong = text.split(",").find((it) => !label.test(it));
  if (wrong !== undefined) return { reason: `"${wrong}" is neither off, on nor a label such as release=prometheus` };
  return { value: Object.fromEntries(text.split(",").map((it) => it.split("=", 2) as [string, string])) };
};
