import type { Measurements } from "../measurements";
import { type Chapter, measuredWhere, rowsTable } from "./blocks";

/** The verifier against its ceiling, and against one request after another. */
export function verifierChapter({ verifier }: Measurements): Chapter {
  return {
    title: "The verifier",
    blocks: [
      measuredWhere(verifier, "npm run bench -- verifier"),
      ...(verifier === undefined ? [] : [rowsTable(verifier.rows)]),
      `- The *pool* sends as many requests with the same headers and bodies, through keep-alive connections, as many at once as the verifier (16), and looks at nothing but their status. It asks nothing for \`control\` and reads no Redis; the verifier's time includes both. *One request after another* is the same program with one request at a time.
- The endpoints that answer at once are there because a stand-in costs more time than its client: against them it is the client that is timed.
- Two processors cannot do more than twice the work of one: that one request after another takes many times as long shows only where an upstream makes both of them wait. 5 ms is a fast one; models take a hundred times that.`,
    ],
  };
}
