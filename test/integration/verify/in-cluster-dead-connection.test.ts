import assert from "node:assert/strict";
import { gzipSync } from "node:zlib";
import type { V1ContainerState } from "@kubernetes/client-node" with { "resolution-mode": "import" };
import { FakeApiServer } from "../../../lib/kubernetes/testing/fake-api-server";
import { defaultWaiting, jobReport } from "../../../verify/in-cluster/job-watch";
import { packedReport } from "../../../verify/in-cluster/program";
import type { Report } from "../../../verify/report/report";
import { Cluster } from "../../../verify/targets/cluster";
import { containerStatus } from "./fake-job-cluster";

const never = new AbortController().signal;
const running: V1ContainerState = { running: {} };
const ended: V1ContainerState = { terminated: { exitCode: 0 } };
const packed = gzipSync(JSON.stringify({ schema: "plano-affinity/report/v1", verdict: "pass" })).toString("base64");

/**
 * Waits for a report at an API server, some of whose answers begin and then fall silent, without an end.
 *
 * @param silent requests whose answers do not end
 * @param then the state of the pod's container once an answer has fallen silent, when its report is written; default: no change
 */
async function reportOf(state: V1ContainerState, silent: RegExp, then?: V1ContainerState): Promise<Report> {
  await using fake = await FakeApiServer.start();
  let isWritten = false;
  fake.respond = ({ path, response }) => {
    if (silent.test(fake.requests.at(-1) ?? "")) {
      response.writeHead(200).write("working\n");
      isWritten = then !== undefined;
      return "taken";
    }
    if (path.endsWith("/log"))
      return isWritten ? `working\n${packedReport.begin}\n${packed}\n${packedReport.end}\n` : "working\n";
    const containerStatuses = [containerStatus(isWritten && then !== undefined ? then : state)];
    const ownerReferences = [{ uid: "uid", controller: true }];
    return { items: [{ metadata: { name: "pod", ownerReferences }, status: { phase: "Running", containerStatuses } }] };
  };
  const waiting = { ...defaultWaiting, intervalMs: 10, graceMs: 2_000 };
  const { api } = await Cluster.connect({ kubeconfig: fake.kubeconfig(), namespace: "demo" }, never);
  return await jobReport(api, { name: "job", uid: "uid", deadlineSeconds: 0.1 }, waiting, () => undefined);
}

describe("--in-cluster=apply, where a connection dies without a word", function () {
  this.timeout(60_000);
  const followed = /&follow=true$/;

  for (const [what, state, silent, message] of [
    ["the Job up after its deadline", running, followed, /^the Job has not ended within 0\.1 s$/],
    [
      "a log up that is not followed",
      ended,
      /\/log\?/,
      /^cannot read the log of pod pod in namespace demo at the API server \S+: no answer within 2 s$/,
    ],
  ] as const)
    it(`gives ${what}`, () => assert.rejects(reportOf(state, silent), { name: "Unmeasurable", message }));

  for (const then of [ended, running])
    it(`brings home a report that was written meanwhile: ${Object.keys(then).join()}`, async () => {
      assert.equal((await reportOf(running, followed, then)).verdict, "pass");
    });
});
