import assert from "node:assert/strict";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseAllDocuments } from "yaml";
import { skipBecause } from "../../../lib/testing/skip";
import { bundle } from "../../../verify/build/bundle";
import { FakeJobCluster } from "./fake-job-cluster";
import { assertFitsSchema } from "./report-schema";
import { type RunningCli, startCli } from "./start-cli";

describe("plano-affinity verify --in-cluster", function () {
  this.timeout(30_000);
  let folder: string;
  let program: string;

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), "in-cluster-"));
    await bundle({ verify: "verify/cli.ts" }, join(folder, "bundle"));
    program = join(folder, "bundle", "verify.mjs");
  });
  after(() => rmSync(folder, { recursive: true }));

  function start(args: readonly string[], cluster?: FakeJobCluster): RunningCli {
    const env = { HOME: folder, KUBECONFIG: join(folder, "kubeconfig") };
    writeFileSync(env.KUBECONFIG, cluster?.kubeconfig() ?? "");
    return startCli(["verify", ...args], env, [program]);
  }

  it("prints manifests that hold this very program, without asking any cluster", async () => {
    const { code, stdout, stderr } = await start(["--in-cluster", "--namespace", "other", "--sessions", "7"]).ended;
    assert.deepEqual([code, stderr], [0, ""]);
    const documents = parseAllDocuments(stdout).map((document) => document.toJS() as Record<string, unknown>);
    const kinds = documents.map(({ kind }) => kind);
    assert.deepEqual([...new Set(kinds)], ["ServiceAccount", "Role", "RoleBinding", "ConfigMap", "Job"]);
    assert.match(JSON.stringify(documents.at(-1)), /"--namespace=other".*"--sessions=7"/);
    const sizes = documents.map((document) => JSON.stringify(document).length);
    assert.ok(Math.max(...sizes) < 256 * 1024 - 8_192, `${Math.max(...sizes)} bytes in one object`);
    const bytes = sizes.reduce((sum, size) => sum + size, 0);
    assert.ok(bytes > 70_000 && bytes < 800_000, `${bytes} bytes in all`);
  });

  it("prints manifests whole, or exits with 3", async function () {
    if (!existsSync("/dev/full")) skipBecause(this, "there is no /dev/full, which is a full disk");
    const args = ["verify", "--in-cluster", "--namespace", "other"];
    const { code, stderr } = await startCli(args, {}, [program], 'exec "$@" > /dev/full').ended;
    assert.equal(code, 3);
    assert.match(stderr, /^standard output could not be written: ENOSPC: [^\n]*\n$/);
  });

  it("applies this very program, and writes its report to standard output in place of the table", async () => {
    await using cluster = await FakeJobCluster.start();
    const args = ["--in-cluster=apply", "--report", "json=-", "--checks", "control,pinning"];
    const { code, stdout, stderr } = await start(args, cluster).ended;
    assert.equal(code, 2, stderr);
    const report: unknown = JSON.parse(stdout);
    assertFitsSchema(report);
    // In the pod of this test there is no service account.
    const reason = "no kubeconfig was found: set KUBECONFIG, or name replicas with --replica NAME=URL";
    assert.deepEqual([report.verdict, report.reason], ["unknown", reason]);
    assert.match(
      stderr.replaceAll(/-[0-9a-f]{8}/g, "-ID"),
      /^creating Job plano-affinity-verify-ID in namespace plano-demo\n(waiting for .*\n)*looking for ready pods app=plano in namespace plano-demo\nremoving the Job\n$/,
    );
    assert.equal(cluster.objects.size, 0);
  });

  it("ends at Ctrl-C with 2 and a report, and leaves nothing in the cluster", async () => {
    await using cluster = await FakeJobCluster.start();
    cluster.fate = { phase: "Pending" };
    const { child, ended } = start(["--in-cluster=apply"], cluster);
    child.stderr?.on("data", (text: string) => text.endsWith("waiting for the Job's pod: starting\n") && child.kill("SIGINT"));
    const { code, stdout, stderr } = await ended;
    assert.equal(code, 2, stderr);
    assert.match(stdout, /Affinity: unknown – interrupted\n$/);
    assert.ok(cluster.made.length > 0);
    assert.equal(cluster.objects.size, 0);
  });

  it("says what it could not remove", async () => {
    await using cluster = await FakeJobCluster.start();
    cluster.forbidden.push("DELETE ");
    const { stderr } = await start(["--in-cluster=apply", "--quiet"], cluster).ended;
    assert.match(stderr, /^left in the cluster: .*; remove it with: kubectl .*\n$/);
  });
});
