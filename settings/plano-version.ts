import { compareVersions, newestKnown, neverTagged, planoReleases, releaseOf } from "./plano/releases";
import type { Parser } from "./parsers";

/** A Plano release on which a session keeps its model, by itself or with the configuration that is rendered for it. */
export const planoVersion: Parser<string> = (text) => {
  if (!/^\d+\.\d+\.\d+$/.test(text)) return { reason: `"${text}" is not a version such as 0.4.27` };
  if (neverTagged.includes(text)) return { reason: `Plano ${text} was never released: it has no tag, and so no image` };
  const row = releaseOf(text);
  if (row?.keeps !== undefined) return { value: text };
  if (row !== undefined) return { reason: `Plano ${text} ${row.why ?? "cannot keep the promise"}` };
  if (compareVersions(text, newestKnown) > 0) {
    const reason = `whether Plano ${text} keeps a session on its model is not known here; ${newestKnown} is the newest that was examined`;
    return { reason };
  }
  return { reason: `Plano ${text} ${planoReleases[0]?.why ?? "is too old"}` };
};
