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
const packed = gzipSync(JSON.stringify({ schema: "plano-affinity/report/v1", verdict: "pass" })).toString("base64");

/** An API server with a Job's pod, some of whose answers begin and then fall silent, without an end. */
class SilentApi extends FakeApiServer {
  state: V1ContainerState = { running: {} };
  log = "working\n";
  /** Requests whose answers do not end. */
  silent = /&follow=true$/;
  /** Called when an answer has fallen silent. */
  onSilence: () => void = () => undefined;

  static override async start(): Promise<SilentApi> {
    const api = new SilentApi();
    api.respond = ({ path, response }) => {
      if (api.silent.test(api.requests.at(-1) ?? "")) {
        response.writeHead(200).write("working\n");
        api.onSilence();
        return "taken";
      }
      if (path.endsWith("/log")) return api.log;
      const containerStatuses = [containerStatus(api.state)];
      return { items: [{ metadata: { name: "pod" }, status: { phase: "Running", containerStatuses } }] };
    };
    await api.listen();
    return api;
  }

  async report(): Promise<Report> {
    const waiting = { ...defaultWaiting, intervalMs: 10, graceMs: 200 };
    const { api } = await Cluster.connect({ kubeconfig: this.kubeconfig(), namespace: "demo" }, never);
    return jobReport(api, { name: "job", deadlineSeconds: 0.1 }, waiting, () => undefined);
  }
}

describe("--in-cluster=apply, where a connection dies without a word", function () {
  this.timeout(5_000);

  it("gives the Job up after its deadline", async () => {
    await using api = await SilentApi.start();
    await assert.rejects(api.report(), {
      name: "Unmeasurable",
      message: "the Job has not ended within 0.1 s",
    });
  });

  const states: readonly V1ContainerState[] = [{ terminated: { exitCode: 0 } }, { running: {} }];
  for (const state of states) {
    it(`brings home a report that was written meanwhile: ${Object.keys(state).join()}`, async () => {
      await using api = await SilentApi.start();
      api.onSilence = () => {
        api.state = state;
        api.log = ["working", packedReport.begin, packed, packedReport.end, ""].join("\n");
      };
      assert.equal((await api.report()).verdict, "pass");
    });
  }

  it("gives a log up that is not followed", async () => {
    await using api = await SilentApi.start();
    api.state = { terminated: { exitCode: 0 } };
    api.silent = /\/log\?/;
    await assert.rejects(api.report(), {
      name: "Unmeasurable",
      message: /^cannot read the log of pod pod in namespace demo at the API server \S+: no answer within 0\.2 s$/,
    });
  });
});
