import { oldestGo } from "./sources/go-module";
import type { Tool } from "./tool";

/** How to come by a tool, in half a sentence. */
export function remedy(tool: Tool): string {
  const ways = [
    ...(tool.path === undefined ? [] : [`put ${tool.binaries.join(", ")} on PATH`]),
    ...(tool.release === undefined ? [] : ["let its official release be downloaded"]),
    ...(tool.go === undefined ? [] : [`install Go ${oldestGo(tool)} or newer, and it is built`]),
    ...(tool.package === undefined ? [] : [`use a Debian-like system, which has the package ${tool.package.debian}`]),
  ];
  return ways.join(", or ");
}
