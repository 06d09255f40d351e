import assert from "node:assert/strict";
import { hierarchies } from "./cgroups";

/** Lines of /proc/self/mountinfo that are no control groups. */
const others = [
  "22 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw",
  "30 22 0:26 / /sys rw,nosuid shared:7 - sysfs sysfs rw",
  "31 30 0:27 / /sys/fs/cgroup ro,nosuid shared:9 - tmpfs tmpfs ro,mode=755",
];
const version2 = "32 30 0:28 / /sys/fs/cgroup rw,nosuid,nodev shared:10 - cgroup2 cgroup2 rw,nsdelegate";
const unified = "33 31 0:29 / /sys/fs/cgroup/unified rw,nosuid shared:11 - cgroup2 cgroup2 rw";
const version1 = [
  "34 31 0:30 / /sys/fs/cgroup/systemd rw,nosuid shared:12 - cgroup cgroup rw,xattr,name=systemd",
  "35 31 0:31 / /sys/fs/cgroup/cpu,cpuacct rw,nosuid shared:13 - cgroup cgroup rw,cpu,cpuacct",
  // In a container: no optional fields, and the root is the container's own.
  "36 31 0:32 /docker/0a1b /sys/fs/cgroup/memory rw,nosuid - cgroup cgroup rw,memory",
];
const mounts1 = ["/sys/fs/cgroup/systemd", "/sys/fs/cgroup/cpu,cpuacct", "/sys/fs/cgroup/memory"];

describe("control groups", () => {
  const machines: Readonly<Record<string, readonly [lines: readonly string[], expected: unknown]>> = {
    "of version 2 are one hierarchy": [[version2], { mounts: ["/sys/fs/cgroup"], all: ["/sys/fs/cgroup"] }],
    "of version 1 are one a controller": [version1, { mounts: mounts1, all: mounts1 }],
    "of a hybrid machine are those of version 1, and the other one is not forgotten": [
      [unified, ...version1],
      { mounts: mounts1, all: [...mounts1, "/sys/fs/cgroup/unified"] },
    ],
    "that are mounted twice at one place count once": [[...version1, ...version1], { mounts: mounts1, all: mounts1 }],
    "may be missing": [[], { mounts: [], all: [] }],
  };
  for (const [name, [lines, expected]] of Object.entries(machines))
    it(name, async () => assert.deepEqual(await hierarchies([...others, ...lines, ""].join("\n")), expected));
});
