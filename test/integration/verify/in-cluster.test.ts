import assert from "node:assert/strict";
import type { V1Job } from "@kubernetes/client-node" with { "resolution-mode": "import" };
import { randomBytes } from "node:crypto";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { temporaryFolder } from "../../../lib/files";
import { contracts, defaultOptions } from "../../../verify";
import { runInCluster } from "../../../verify/in-cluster";
import type { JobOptions } from "../../../verify/in-cluster/job-options";
import type { Program } from "../../../verify/in-cluster/program";
import { reportOf } from "../../../verify/testing/sample-reports";
import { containerStatus, FakeJobCluster } from "./fake-job-cluster";
import { assertFitsSchema } from "./report-schema";

/** A report that is a pass. */
const report = reportOf({ sessions: [] });

/** Stands in for the verifier: tells progress, and reports what `body` decides. */
function programOf(body: string): Program {
  const source = `
const report = ${JSON.stringify(report)};
const write = (more) => process.stdout.write(JSON.stringify({ ...report, ...more }, null, 2) + "\\n");
process.stderr.write("sessions: 4 × 4 rounds\\n");
${body}`;
  return { entry: "main.mjs", files: { "main.mjs": source } };
}

const healthy = programOf("write({});");

/** Says that it is up, and runs on. */
const patient = programOf(`setInterval(() => undefined, 1000); process.stderr.write("waiting\\n");`);

/** What differs from a healthy run. */
interface RunWishes {
  readonly program?: Program;
  readonly options?: Partial<JobOptions>;
  readonly signal?: AbortSignal;
  /** Default: more than any test takes. */
  readonly startMs?: number;
  readonly onProgress?: (phase: string) => unknown;
}

/** Runs a program as a Job of the fake cluster; run names in the progress become NAME. */
async function run(
  cluster: FakeJobCluster,
  { program = healthy, options = {}, signal, startMs = 30_000, onProgress }: RunWishes = {},
) {
  const progress: string[] = [];
  const target = { ...defaultOptions.target, kubeconfig: cluster.kubeconfig() };
  const outcome = await runInCluster(
    { ...defaultOptions, target, signal, ...options },
    program,
    "example/node:22",
    ({ phase }) => {
      progress.push(phase);
      onProgress?.(phase);
    },
    { intervalMs: 10, graceMs: 30_000, startMs },
  );
  assertFitsSchema(JSON.parse(JSON.stringify(outcome.report)));
  return { ...outcome, progress: progress.map((phase) => phase.replaceAll(/plano-affinity-verify-[0-9a-f]{8}/g, "NAME")) };
}

describe("--in-cluster=apply", function () {
  this.timeout(180_000);
  let cluster: FakeJobCluster;
  beforeEach(async () => (cluster = await FakeJobCluster.start()));
  afterEach(() => cluster[Symbol.asyncDispose]());

  it("runs the program in a Job, shows its progress, brings its report home and removes everything", async () => {
    const { report, leftover, progress } = await run(cluster);
    assert.deepEqual([report.verdict, leftover, report.replicas[0]?.url], ["pass", undefined, "http://10.244.0.5:12000"]);
    assert.equal(report.target, "kubernetes namespace plano-demo, selector app=plano, from inside the cluster");
    assert.deepEqual(progress, ["creating Job NAME in namespace plano-demo", "sessions: 4 × 4 rounds", "removing the Job"]);
    assert.equal(cluster.objects.size, 0);
  });

  it("makes the Job own everything else, and gives it a pod only then", async () => {
    await run(cluster);
    const [job, ...others] = cluster.made;
    const { parallelism, suspend, activeDeadlineSeconds = 0, ttlSecondsAfterFinished } = (job as V1Job).spec ?? {};
    assert.deepEqual([parallelism, suspend, ttlSecondsAfterFinished], [0, undefined, 300], "never started, it ends all the same");
    assert.ok(activeDeadlineSeconds > 0);
    const owner = { apiVersion: "batch/v1", kind: "Job", name: job?.metadata?.name, uid: "uid-0" };
    assert.deepEqual(
      others.map(({ kind, metadata }) => [kind, metadata?.ownerReferences]),
      ["ServiceAccount", "Role", "RoleBinding", "ConfigMap"].map((kind) => [kind, [owner]]),
    );
    const changes = cluster.requests.filter((request) => !request.startsWith("GET")).map((request) => request.split(" ")[0]);
    assert.match(changes.join(" "), /^(POST ){5}PATCH DELETE$/);
  });

  it("sends a program that takes several ConfigMaps, with the prompts as a file", async () => {
    const { entry, files } = programOf(`
import { readFileSync } from "node:fs";
const args = process.argv.slice(2);
write({ verdict: "unknown", reason: readFileSync(args.find((arg) => arg.startsWith("--prompts=")).slice(10), "utf8") });`);
    const program = { entry, files: { ...files, "filler.txt": randomBytes(200_000).toString("base64") } };
    const { report } = await run(cluster, { program, options: { prompts: ["quick – schnell", "deep"] } });
    assert.equal(report.reason, "quick – schnell\ndeep\n");
    assert.ok(cluster.made.filter(({ kind }) => kind === "ConfigMap").length >= 2);
  });

  it("sends a contract that is not built in as a file, and names one that is", async () => {
    const program = programOf(`
import { readFileSync } from "node:fs";
const [, named = ""] = /--contract=(.*?)( |$)/.exec(process.argv.slice(2).join(" ")) ?? [];
write({ verdict: "unknown", reason: named.endsWith(".yaml") ? readFileSync(named, "utf8") : named });`);
    const own = { name: "/home/me/mine.yaml", sessionHeader: "x-session-id", servedModel: { header: "x-model" } };
    const sent = await run(cluster, { program, options: { contract: own, pin: undefined } });
    assert.equal(sent.report.reason, "sessionHeader: x-session-id\nservedModel:\n  header: x-model\n");
    const named = await run(cluster, { program, options: { contract: contracts.litellm, pin: undefined } });
    assert.equal(named.report.reason, "litellm");
  });

  it("reads a log again that broke off, and shows no line of progress twice", async () => {
    cluster.breakLogs = 2;
    // The program does not end before its log was read for the third time.
    await using folder = await temporaryFolder("plano-affinity-logs-");
    const whole = join(folder.path, "whole");
    let logs = 0;
    cluster.onRequest = (request) => void (request.endsWith("/log") && ++logs === 3 && writeFileSync(whole, ""));
    const program = programOf(`
import { existsSync } from "node:fs";
const wait = setInterval(() => {
  if (!existsSync(${JSON.stringify(whole)})) return;
  clearInterval(wait);
  process.stderr.write("later\\n");
  write({});
}, 20);`);
    const { report, progress } = await run(cluster, { program });
    assert.equal(report.verdict, "pass");
    assert.deepEqual(progress.slice(1, -1), ["sessions: 4 × 4 rounds", "later"]);
    assert.ok(cluster.requests.filter((request) => request.includes("/log?")).length >= 3);
  });

  it("brings the report home although a mesh's container in the pod runs on, and says how its own ended", async () => {
    cluster.isMeshed = true;
    assert.equal((await run(cluster)).report.verdict, "pass");
    const { report } = await run(cluster, { program: programOf("process.exitCode = 3;") });
    assert.match(report.reason ?? "", /^the Job ended without a report \(exit code 3\)/);
  });

  it("believes no pod but the Job's own, and prints nothing of it that a terminal obeys", async () => {
    const status = { phase: "Succeeded", containerStatuses: [containerStatus({ terminated: { exitCode: 0 } })] };
    const owned = (uid: string, controller: boolean) => [{ apiVersion: "batch/v1", kind: "Job", name: "x", uid, controller }];
    for (const ownerReferences of [undefined, owned("uid-9", true), owned("uid-0", false)])
      cluster.strangers.push({ metadata: { name: "stranger", ownerReferences }, status });
    const program = programOf(`process.stderr.write("\\u001b]0;hit\\u0007 a\\u202eb\\n"); write({});`);
    const { report, progress } = await run(cluster, { program });
    assert.deepEqual([report.verdict, progress.at(-2)], ["pass", "]0;hit a\ufffdb"]);
    assert.ok(!cluster.requests.some((it) => it.includes("stranger")));
  });

  it("sends the kubeconfig's token, and tells it nobody", async () => {
    cluster.forbidden.push("POST ");
    const outcome = await run(cluster);
    assert.equal(outcome.report.verdict, "unknown");
    assert.ok(!JSON.stringify([outcome, cluster.made]).includes("fake-token"));
  });

  const forbidden = 'pods "x" is forbidden: exceeded quota: pods=4';
  const unpulled = 'Back-off pulling image "example/node:22"';
  const events = "/api/v1/namespaces/plano-demo/events";
  const unwell: readonly [name: string, reason: string, set: (cluster: FakeJobCluster) => RunWishes][] = [
    [
      "the image cannot be pulled, in the kubelet's words",
      `the Job's pod does not start: container verify waits: ImagePullBackOff: ${unpulled}; --image names another image with Node.js 20 or newer`,
      (cluster) => {
        const waiting = { reason: "ImagePullBackOff", message: unpulled };
        cluster.fate = { phase: "Pending", containerStatuses: [containerStatus({ waiting })] };
        return { startMs: 40 };
      },
    ],
    [
      "the Job gets no pod, in the words of an event",
      `the Job's pod does not start: FailedCreate: ${forbidden}`,
      (cluster) => {
        cluster.fate = undefined;
        cluster.answers.set(events, { items: [{ reason: "FailedCreate", message: forbidden }] });
        return { startMs: 40 };
      },
    ],
    [
      "the Job has no pod and events may not be read",
      "the Job's pod does not start: the Job has no pod",
      (cluster) => {
        cluster.fate = undefined;
        cluster.forbidden.push(`GET ${events}`);
        return { startMs: 40 };
      },
    ],
    [
      "the program ends without a report, with its last words",
      "the Job ended without a report (exit code 3); its last words: sessions: 4 × 4 rounds / --namespace: nonsense",
      () => ({ program: programOf(`process.stderr.write("--namespace: nonsense\\n"); process.exitCode = 3;`) }),
    ],
    [
      "the pod is taken away, with what the Job says of it",
      "its pod is gone: DeadlineExceeded: Job was active longer than specified deadline",
      (cluster) => {
        cluster.failed = { reason: "DeadlineExceeded", message: "Job was active longer than specified deadline" };
        return { program: patient, onProgress: (phase) => phase === "waiting" && cluster.evict() };
      },
    ],
  ];
  for (const [name, reason, set] of unwell) {
    it(`is unknown when ${name}, and removes everything`, async () => {
      const { report } = await run(cluster, set(cluster));
      assert.equal(report.reason, reason);
      const checks = report.checks.map(({ id, verdict }) => `${id} ${verdict}`);
      assert.deepEqual(checks, ["control unknown", "pinning unknown", "redis unknown", "traces unknown", "race unknown"]);
      assert.equal(cluster.objects.size, 0);
    });
  }

  it("names the missing right, and removes what was made before it was missed", async () => {
    cluster.forbidden.push("POST /apis/rbac.authorization.k8s.io/v1/namespaces/plano-demo/roles");
    const { report, leftover } = await run(cluster);
    assert.match(
      report.reason ?? "",
      /^cannot create Role plano-affinity-verify-[0-9a-f]{8} in namespace plano-demo at the API server http:\/\/127\.0\.0\.1:\d+: HTTP 403 roles is forbidden: User "fake" cannot do that \(the rights that it takes are in docs\/verifier\.md\)$/,
    );
    assert.equal(cluster.madeKinds, "Job ServiceAccount");
    assert.deepEqual([leftover, cluster.objects.size], [undefined, 0]);
  });

  it("tells what it could not remove, and how it is removed", async () => {
    cluster.forbidden.push("DELETE ");
    const { report, leftover = "" } = await run(cluster);
    assert.equal(report.verdict, "pass");
    const name = cluster.made[0]?.metadata?.name ?? "";
    const left = `left in the cluster: Job ${name} and what it owns \\(cannot delete Job ${name} in `;
    assert.match(leftover, new RegExp(`^${left}.*HTTP 403 ${name} is forbidden`));
    assert.ok(leftover.endsWith(`remove it with: kubectl -n plano-demo delete job ${name}`), leftover);
    assert.equal(cluster.objects.size, cluster.made.length);
  });

  it("claims nothing to be left where the Job was refused", async () => {
    cluster.forbidden.push("POST ", "DELETE ");
    assert.equal((await run(cluster)).leftover, undefined);
  });

  it("takes for removed what is gone already, as the garbage collector does it once the Job is deleted", async () => {
    cluster.onRequest = (request) => void (request.startsWith("DELETE") && cluster.objects.clear());
    const { report, leftover } = await run(cluster);
    assert.deepEqual([report.verdict, leftover], ["pass", undefined]);
  });

  it("interrupted while it runs, removes everything", async () => {
    const interruption = new AbortController();
    const onProgress = (phase: string): void => void (phase === "waiting" && interruption.abort());
    const { report, leftover } = await run(cluster, { program: patient, signal: interruption.signal, onProgress });
    assert.deepEqual([report.verdict, report.reason], ["unknown", "interrupted"]);
    assert.deepEqual([leftover, cluster.objects.size], [undefined, 0]);
  });

  it("interrupted while it creates, makes nothing more and removes what it made", async () => {
    const interruption = new AbortController();
    cluster.onRequest = (request) => void (request.endsWith("/serviceaccounts") && interruption.abort());
    const { report, leftover } = await run(cluster, { signal: interruption.signal });
    assert.deepEqual([report.reason, cluster.madeKinds], ["interrupted", "Job ServiceAccount"]);
    assert.deepEqual([leftover, cluster.objects.size], [undefined, 0]);
  });

  it("removes what an API server made that broke off before it answered", async () => {
    cluster.onRequest = (request, response) => void (/^POST .*\/serviceaccounts$/.test(request) && response.destroy());
    const { report, leftover } = await run(cluster);
    assert.match(report.reason ?? "", /^cannot create ServiceAccount .*: socket hang up$/);
    assert.equal(cluster.madeKinds, "Job ServiceAccount");
    assert.deepEqual([leftover, cluster.objects.size], [undefined, 0]);
  });
});
