import { about, github } from "../tools";
import type { Tool } from "../tool";

/** What only tests run; `ensureTool` finds, fetches or builds it. */
export const testTools = {
  prometheus: {
    ...about("prometheus", "3.5.0", "tests the alerts on made-up series; nothing else needs it", ["promtool"]),
    path: { versionArgs: ["--version"], atLeast: "2.42.0" },
    release: {
      url: github("prometheus/prometheus", "v3.5.0", "prometheus-3.5.0.linux-{arch}.tar.gz"),
      member: "prometheus-3.5.0.linux-{arch}/{binary}",
    },
    package: { debian: "prometheus", folder: "usr/bin" },
  },
  chromium: {
    ...about("chromium", "stable", "the browser of the integration tests; nothing else needs it", ["chromium-headless-shell"]),
    path: { versionArgs: ["--version"], atLeast: "120.0" },
    package: { debian: "chromium-headless-shell", folder: "usr/lib/chromium" },
  },
  "docker-registry": {
    ...about("docker-registry", "2.8", "an image registry of the tests' own; nothing else needs it", ["docker-registry"]),
    path: { versionArgs: ["--version"], atLeast: "2.7.0" },
    package: { debian: "docker-registry", folder: "usr/bin" },
  },
} as const satisfies Record<string, Tool>;
