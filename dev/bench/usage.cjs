"use strict";
// Loaded into each measured process with --require: leaves what it used, when it ends, in the file that is named.
const { readFileSync, writeFileSync } = require("node:fs");

const file = process.env.PLANO_AFFINITY_BENCH_USAGE;
process.once("exit", () => {
  const { user, system } = process.cpuUsage();
  writeFileSync(file, JSON.stringify({ peakKib: peakKib(), cpuMs: (user + system) / 1000 }));
});

/** Linux' ru_maxrss also counts what the parent process had before it became this program; VmHWM does not. */
function peakKib() {
  try {
    return Number(/^VmHWM:\s+(\d+) kB$/m.exec(readFileSync("/proc/self/status", "utf8"))[1]);
  } catch {
    return process.resourceUsage().maxRSS;
  }
}
