import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { parseAllDocuments } from "yaml";
import { bundle } from "../../../verify/build/bundle";
import { FakeJobCluster } from "./fake-job-cluster";
import { assertFitsSchema } from "./report-schema";

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

  interface Outcome {
    readonly code: number | null;
    readonly stdout: string;
    readonly stderr: string;
  }

  /** @param onError sees what it has said on standard error so far */
  async function run(
    args: readonly string[],
    { kubeconfig = "", node = [program], onError = (_text: string, _interrupt: () => void): void => undefined } = {},
  ): Promise<Outcome> {
    const env = { PATH: process.env["PATH"], HOME: folder, KUBECONFIG: join(folder, "kubeconfig") };
    writeFileSync(env.KUBECONFIG, kubeconfig);
    const child = spawn(process.execPath, [...node, "verify", ...args], { env, stdio: ["ignore", "pipe", "pipe"] });
    let stdout = "";
    let stderr = "";
    child.stdout.setEncoding("utf8").on("data", (text: string) => (stdout += text));
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      stderr += text;
      onError(stderr, () => void child.kill("SIGINT"));
    });
    const [code] = (await once(child, "close")) as [number | null];
    return { code, stdout, stderr };
  }

  it("prints manifests that hold this very program, without asking any cluster", async () => {
    const { code, stdout, stderr } = await run(["--in-cluster", "--namespace", "other", "--sessions", "7"]);
    assert.deepEqual([code, stderr], [0, ""]);
    const documents = parseAllDocuments(stdout).map((document) => document.toJS() as Record<string, unknown>);
    const kinds = documents.map(({ kind }) => kind);
    assert.deepEqual([...new Set(kinds)], ["ServiceAccount", "Role", "RoleBinding", "ConfigMap", "Job"]);
    assert.match(JSON.stringify(documents.at(-1)), /"--namespace=other".*"--sessions=7"/);
    for (const document of documents) assert.ok(JSON.stringify(document).length < 256 * 1024 - 8_192);
    const sizes = documents.flatMap(({ binaryData = {} }) =>
      Object.values(binaryData as object).map((text: string) => text.length),
    );
    const bytes = (sizes.reduce((sum, size) => sum + size, 0) * 3) / 4;
    assert.ok(bytes > 50_000 && bytes < 600_000, `${bytes} bytes, packed`);
  });

  it("cannot do so from the sources, and says how it can", async () => {
    const { code, stdout, stderr } = await run(["--in-cluster"], { node: ["--import", "tsx", resolve("verify/cli.ts")] });
    assert.deepEqual([code, stdout], [3, ""]);
    assert.match(stderr, /^--in-cluster: the verifier runs from its sources, .*; start it with npm run verify.*\n$/);
  });

  it("applies this very program, and renders its report here", async () => {
    await using cluster = await FakeJobCluster.start();
    const path = join(folder, "report.json");
    const args = ["--in-cluster=apply", "--report", `json=${path}`, "--checks", "control,pinning"];
    const { code, stdout, stderr } = await run(args, { kubeconfig: cluster.kubeconfig() });
    // In the pod of this test there is no service account.
    const reason = "no kubeconfig was found: set KUBECONFIG, or name replicas with --replica NAME=URL";
    assert.equal(code, 2, stderr);
    assert.ok(stdout.endsWith(`Affinity: unknown – ${reason}\n`), stdout);
    const report: unknown = JSON.parse(readFileSync(path, "utf8"));
    assertFitsSchema(report);
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
    const { code, stdout, stderr } = await run(["--in-cluster=apply"], {
      kubeconfig: cluster.kubeconfig(),
      onError: (text, interrupt) => {
        if (text.endsWith("waiting for the Job's pod: Pending\n")) interrupt();
      },
    });
    assert.equal(code, 2, stderr);
    assert.match(stdout, /Affinity: unknown – interrupted\n$/);
    assert.ok(cluster.made.length > 0);
    assert.equal(cluster.objects.size, 0);
  });

  it("says what it could not remove", async () => {
    await using cluster = await FakeJobCluster.start();
    cluster.forbidden.push("DELETE ");
    const { stderr } = await run(["--in-cluster=apply", "--quiet"], { kubeconfig: cluster.kubeconfig() });
    assert.match(stderr, /^left in the cluster: .*; remove it with: kubectl .*\n$/);
  });

  it("names a context that does not exist, with 3 and nothing made", async () => {
    await using cluster = await FakeJobCluster.start();
    const { code, stderr } = await run(["--in-cluster=apply", "--context", "nope"], { kubeconfig: cluster.kubeconfig() });
    assert.equal(code, 3);
    assert.match(stderr, /^--context: there is no context "nope" in \S+kubeconfig; choose from fake\n$/);
    assert.deepEqual(cluster.requests, []);
  });

  it("writes a report to standard output in place of the table", async () => {
    const nobody = ["--replica", "a=http://127.0.0.1:1", "--replica", "b=http://127.0.0.1:2"];
    const { code, stdout } = await run([...nobody, "--report", "json=-"]);
    assert.equal(code, 2);
    const report: unknown = JSON.parse(stdout);
    assertFitsSchema(report);
    assert.equal(report.verdict, "unknown");
  });
});
