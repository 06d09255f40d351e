import assert from "node:assert/strict";
import { checks as allChecks } from "../../../verify/checks";
import { scaleWithin } from "../../../verify/checks/disruptive";
import { defaultOptions } from "../../../verify";
import { ReportDraft } from "../../../verify/run/report-draft";
import { runChecks } from "../../../verify/run/run";
import { DisruptionCluster, eventsOf, expectFinding, shortLimits } from "./disruption-cluster";
import { assertFitsSchema } from "../verify/report-schema";

const short = scaleWithin(shortLimits);

describe("the check scale", function () {
  this.timeout(300_000);
  const revertedActs = ["hold 3", "put back"];

  it("passes when an added replica honours old pins and a removed one takes none along", async () => {
    await using cluster = await DisruptionCluster.start({ graceMs: 2_000 });
    const finding = await expectFinding(cluster, short, {
      verdict: "pass",
      summary:
        /^a replica was added and one removed: replica added \d+\.\d s, replica removed \d+\.\d s; 0 of \d+ requests lost; all pins held$/,
      acts: ["hold 3", "hold 2", "put back"],
    });
    const [added, removed] = eventsOf(finding);
    assert.equal(added?.proof, "3 replicas are wanted, and there is plano-2 (uid uid-2-00)");
    assert.equal(added?.summary, "8 pins of before and 3 new ones are honoured by all 3 replicas");
    assert.match(removed?.proof ?? "", /^2 replicas are wanted, and plano-\d \(uid uid-\d-00\) ends$/);
    assert.equal(removed?.summary, "12 pins of before and 2 new ones are honoured by all 2 replicas");
  });

  it("fails when the added replica keeps pins in its own memory, and puts the scale back", async () => {
    await using cluster = await DisruptionCluster.start({ fault: (pod) => (pod < 2 ? "none" : "memory-cache") });
    await expectFinding(cluster, short, {
      verdict: "fail",
      summary: /^replica added: a pin of before was lost: \S+: plano-2 answered \S+, although plano-[01] had answered \S+/,
      acts: revertedActs,
    });
  });

  it("puts the scale back when it is interrupted", async () => {
    await using cluster = await DisruptionCluster.start();
    const interruption = new AbortController();
    const hold = cluster.hold.bind(cluster);
    cluster.hold = async (replicas) => {
      await hold(replicas);
      interruption.abort();
    };
    const summary = /^replica added: interrupted; not begun: replica removed; /;
    const { signal } = interruption;
    await expectFinding(cluster, short, { verdict: "unknown", summary, acts: revertedActs }, { signal });
  });

  it("does not pass when the scale cannot be put back, and says what it was", async () => {
    await using cluster = await DisruptionCluster.start();
    cluster.putBackProblem = "HTTP 500";
    await expectFinding(cluster, short, {
      verdict: "unknown",
      summary:
        /; what was changed could not be put back: HTTP 500; the next run with the same checks tries again, or by hand in namespace plano-test: Deployment plano at 2 replicas and HorizontalPodAutoscaler plano at 2 to 5, without NetworkPolicy plano-affinity-cut-off$/,
    });
  });

  it("is part of a whole run, before faults and after all others, whose report fits the schema", async () => {
    await using cluster = await DisruptionCluster.start();
    const checks = ["faults", "scale", "pinning"];
    const options = { ...defaultOptions, checks, allowDisruption: true };
    const draft = new ReportDraft("a test");
    const report = await runChecks(allChecks, options, cluster, draft, () => undefined, new AbortController().signal);
    assertFitsSchema(JSON.parse(JSON.stringify(report)));
    assert.equal(report.checks.map(({ id, verdict }) => `${id} ${verdict}`).join(), "pinning pass,scale pass,faults pass");
    assert.deepEqual([report.verdict, report.reason], ["pass", null]);
  });
});
