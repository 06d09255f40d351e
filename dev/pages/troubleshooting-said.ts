import { chooseCluster } from "../../clusters/choose";
import { describeObstacles, obstacle } from "../../clusters/preflight/finding";
import { findingsProblem } from "../../components/external-redis/findings";
import { waitFor } from "../../lib/wait";
import { planoVersion } from "../../settings/plano-version";
import { describeViolations } from "../../settings/violation";
import { nothingUp } from "../../commands/status/stack";
import { judgeSurvey } from "../../verify/checks/control";
import { parseArguments } from "../../verify/cli/arguments";
import { redisProblem } from "../../verify/redis/problem";
import { judge } from "../../verify/report/verdict";
import { surveyOf } from "../../verify/testing/samples";

const violation = { path: "cluster", reason: "…", remedy: "…" };

/** What programs say when they are run; the pages must have it as a whole. */
export const said: Readonly<Record<string, () => string | Promise<string>>> = {
  "a wrong setting": () => describeViolations([violation]),
  "wrong settings": () => describeViolations([violation, violation]),
  "what stands in the way": () => describeObstacles([obstacle("rights", "…", "…")], "the cluster of context a"),
  "a release of Plano": () => reasonIn(planoVersion("0.4.28")),
  "a machine that no sandbox fits": () =>
    thrownBy(() =>
      chooseCluster("sandbox", {
        platform: "darwin",
        root: false,
        docker: async () => ({ answers: false, reason: "" }),
        own: async () => undefined,
      }),
    ),
  "a wait": () => thrownBy(() => waitFor({ subject: "the lock on /a", limitMs: 0, intervalMs: 1 }, () => undefined)),
  "a Redis of one's own": () =>
    (findingsProblem({ step: "connect", error: "ECONNREFUSED" }, "a:6379") ?? "").replace(/^.*? at \S+ (.*) \(.*$/s, "$1"),
  "a password of Redis": () => `redis: ${redisProblem(new Error("WRONGPASS"), { address: "Redis at a:6379", limitSeconds: 5 })}`,
  "no stack": () => nothingUp("dev", "/a", undefined),
  "a wrong option": () =>
    thrownBy(async () => parseArguments(["--sessions", "0"])).then((it) => it.replace(/^\S+: (.*);.*$/, "$1")),
  "one model for all prompts": () => `control: ${judgeSurvey(surveyOf({ quick: "small", deep: "small" })).summary}`,
  "failed requests": () =>
    judge([], {
      sessions: 1,
      failures: { count: 2, first: "a: HTTP 500" },
      maxFailedRequests: 0,
      changes: [],
      interrupted: false,
    }).reason ?? "",
};

function reasonIn(parsed: { readonly value: string } | { readonly reason: string }): string {
  return "reason" in parsed ? parsed.reason : "";
}

async function thrownBy(work: () => Promise<unknown>): Promise<string> {
  return work().then(
    () => "",
    (error: unknown) => (error instanceof Error ? error.message : String(error)),
  );
}
