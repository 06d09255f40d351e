import Table from "cli-table3";
import pc from "picocolors";
import { run } from "../lib/command";
import { checkedBy, findTool, originWords, remedy } from "../sandbox/toolchain/ensure";
import type { Tool } from "../sandbox/toolchain/tool";
import { tools } from "../sandbox/toolchain/tools";
import { runTask } from "./main";

/** `npm run doctor`: every tool with its origin and version, and how to get those that are missing. */
runTask(async () => {
  const terminal = process.stdout.isTTY === true && process.env.NO_COLOR === undefined;
  const colours = pc.createColors(terminal);
  const table = new Table({
    head: ["tool", "version", "origin", "checked by", "for"],
    style: { head: terminal ? ["bold"] : [], border: [] },
  });
  const missing: Tool[] = [];
  for (const tool of Object.values<Tool>(tools)) {
    const found = await findTool(tool);
    if (found === undefined) missing.push(tool);
    const origin = found === undefined ? colours.yellow("not here yet") : originWords[found.origin];
    const checked =
      found === undefined ? `release: ${tool.release ? checkedBy(tool, "release") : "none"}` : checkedBy(tool, found.origin);
    table.push([tool.name, found?.version ?? tool.version, origin, checked, tool.purpose]);
  }
  process.stdout.write(`${table.toString()}\n\n`);
  const go = await run("go", ["version"]).then(
    (text) => text.trim(),
    () => "not installed",
  );
  process.stdout.write(`Node.js ${process.versions.node}; Go: ${go}\n`);
  for (const tool of missing) process.stdout.write(`${tool.name}: ${remedy(tool)}\n`);
  process.stdout.write(
    missing.length === 0 ? "Everything is here.\n" : "`npm start` and `npm test` fetch or build what they need where they can.\n",
  );
  return 0;
});
