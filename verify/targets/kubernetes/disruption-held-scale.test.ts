import assert from "node:assert/strict";
import { ApiFailure, type ApiRequest } from "../api-server";
import { HeldScale } from "./held-scale";
import type { KeptScale } from "./kept-scale";
import { FakeNamespace } from "../../testing/fake-namespace";

const annotation = "plano-affinity/put-back";
const never = new AbortController().signal;
const workload = {
  deployment: { name: "plano", uid: "uid-plano", replicas: 2 },
  autoscaler: { name: "scaler", uid: "uid-scaler", min: 2, max: 5 },
  leftover: undefined,
};
/** What a run that was killed has left. */
const leftover = { replicas: 2, min: 2, max: 5 };
const owned = { manager: "pulumi", operation: "Apply", fieldsV1: { "f:spec": { "f:minReplicas": {}, "f:maxReplicas": {} } } };

interface Scaled {
  readonly metadata: { readonly annotations?: Readonly<Record<string, string>>; readonly managedFields?: readonly object[] };
  readonly spec: object;
}

const noteOf = (space: FakeNamespace): string | undefined =>
  space.at<Scaled>("horizontalpodautoscalers/scaler").metadata.annotations?.[annotation];

/** As a `kubectl annotate` of somebody else: undefined takes the note away. */
function setNote(space: FakeNamespace, note: string | undefined): void {
  const { metadata, ...others } = space.at<Scaled>("horizontalpodautoscalers/scaler");
  const annotations = note === undefined ? {} : { [annotation]: note };
  space.objects.set("horizontalpodautoscalers/scaler", { ...others, metadata: { ...metadata, annotations } });
}

function namespace(): FakeNamespace {
  const space = new FakeNamespace();
  space.put("deployments/plano", { spec: { replicas: 2 } });
  space.put("horizontalpodautoscalers/scaler", {
    metadata: { managedFields: [owned] },
    spec: { minReplicas: 2, maxReplicas: 5 },
  });
  return space;
}

const stateOf = (space: FakeNamespace): unknown => [
  space.at<Scaled>("deployments/plano").spec,
  space.at<Scaled>("horizontalpodautoscalers/scaler").spec,
];

describe("a held scale", () => {
  it("holds the autoscaler and the Deployment, and keeps in the same request what was", async () => {
    const space = namespace();
    await new HeldScale(space.api, workload).hold(3);
    assert.deepEqual(stateOf(space), [{ replicas: 3 }, { minReplicas: 3, maxReplicas: 3 }]);
    const { scale, owners } = JSON.parse(noteOf(space) ?? "") as KeptScale;
    assert.deepEqual(
      { scale, owners },
      {
        scale: { replicas: 2, min: 2, max: 5 },
        owners: { autoscaler: [owned], deployment: [] },
      },
    );
    const [first, second, ...others] = space.changes;
    assert.match(
      first ?? "",
      /^PATCH horizontalpodautoscalers\/scaler\?fieldManager=plano-affinity-verify .*put-back.*"maxReplicas":3/,
    );
    assert.equal(second, 'PATCH deployments/plano/scale?fieldManager=plano-affinity-verify {"spec":{"replicas":3}}');
    assert.deepEqual(others, []);
  });

  it("puts everything back, the note last, and gives the fields to those who owned them", async () => {
    const space = namespace();
    const scale = new HeldScale(space.api, workload);
    await scale.hold(3);
    await scale.hold(2);
    const us = { manager: "plano-affinity-verify", operation: "Update", fieldsV1: owned.fieldsV1 };
    const object = space.at<Scaled>("horizontalpodautoscalers/scaler");
    space.objects.set("horizontalpodautoscalers/scaler", { ...object, metadata: { ...object.metadata, managedFields: [us] } });
    assert.deepEqual(await scale.putBack(never), { replicas: 2, min: 2, max: 5 });
    assert.deepEqual(stateOf(space), [{ replicas: 2 }, { minReplicas: 2, maxReplicas: 5 }]);
    const { metadata } = space.at<Scaled>("horizontalpodautoscalers/scaler");
    assert.deepEqual([metadata.annotations, metadata.managedFields], [{}, [owned]]);
    assert.match(
      space.changes.at(-1) ?? "",
      /^PATCH horizontalpodautoscalers\/scaler\S* .*"annotations":\{"plano-affinity\/put-back":null\}/,
    );
    assert.equal(await scale.putBack(never), undefined);
    await scale.hold(3);
    assert.deepEqual(await scale.putBack(never), { replicas: 2, min: 2, max: 5 });
  });

  it("puts back what a run left behind that was killed, and holds anew from there", async () => {
    const space = namespace();
    await new HeldScale(space.api, workload).hold(3);
    const autoscaler = { ...workload.autoscaler, min: 3, max: 3 };
    const later = new HeldScale(space.api, { ...workload, autoscaler, leftover });
    assert.deepEqual(await later.putBack(never), { replicas: 2, min: 2, max: 5 });
    assert.deepEqual(stateOf(space), [{ replicas: 2 }, { minReplicas: 2, maxReplicas: 5 }]);
    await later.hold(3);
    assert.deepEqual(await later.putBack(never), { replicas: 2, min: 2, max: 5 });
  });

  it("does without an autoscaler: the note is on the Deployment, and is written first", async () => {
    const space = namespace();
    const scale = new HeldScale(space.api, { ...workload, autoscaler: undefined });
    await scale.hold(3);
    assert.match(space.changes[0] ?? "", /^PATCH deployments\/plano\?\S* .*put-back/);
    assert.deepEqual(space.at<Scaled>("deployments/plano").spec, { replicas: 3 });
    assert.deepEqual(await scale.putBack(never), { replicas: 2 });
    assert.deepEqual(space.at<Scaled>("deployments/plano").metadata.annotations, {});
    assert.deepEqual(stateOf(space), [{ replicas: 2 }, { minReplicas: 2, maxReplicas: 5 }]);
  });

  it("tries again when the object was changed in between, and keeps what it is then", async () => {
    const space = namespace();
    let changes = 0;
    space.interfere = ({ method, path }) => {
      if (method !== "PATCH" || !path.includes("scaler") || ++changes > 2) return;
      space.put("horizontalpodautoscalers/scaler", {
        metadata: { resourceVersion: `${10 + changes}` },
        spec: { minReplicas: 2, maxReplicas: 5 + changes },
      });
    };
    const scale = new HeldScale(space.api, workload);
    await scale.hold(3);
    space.interfere = () => undefined;
    assert.deepEqual(await scale.putBack(never), { replicas: 2, min: 2, max: 7 });
  });

  it("touches nothing that another run holds, or whose autoscaler is another one by now", async () => {
    const held = namespace();
    await new HeldScale(held.api, workload).hold(3);
    await assert.rejects(new HeldScale(held.api, workload).hold(4), {
      message: "nothing was scaled: another run has changed the scale of HorizontalPodAutoscaler scaler",
    });
    assert.deepEqual(stateOf(held), [{ replicas: 3 }, { minReplicas: 3, maxReplicas: 3 }]);
    const replaced = namespace();
    const autoscaler = { ...workload.autoscaler, uid: "uid-of-before" };
    await assert.rejects(new HeldScale(replaced.api, { ...workload, autoscaler }).hold(3), { message: "the UID is another" });
    assert.deepEqual(stateOf(replaced), [{ replicas: 2 }, { minReplicas: 2, maxReplicas: 5 }]);
  });

  it("works while it puts back although the run was interrupted, and stops at the limit of its own", async () => {
    const space = namespace();
    const scale = new HeldScale(space.api.until(never), workload);
    await scale.hold(3);
    const interrupted = new HeldScale(space.api.until(AbortSignal.abort()), { ...workload, leftover });
    await assert.rejects(interrupted.putBack(AbortSignal.abort()));
    await interrupted.putBack(never);
    assert.deepEqual(stateOf(space), [{ replicas: 2 }, { minReplicas: 2, maxReplicas: 5 }]);
  });

  it("says so when the note cannot be read, and changes nothing", async () => {
    const space = namespace();
    setNote(space, "{}");
    const message =
      "annotation plano-affinity/put-back of HorizontalPodAutoscaler scaler cannot be read; look at it and remove it";
    await assert.rejects(new HeldScale(space.api, workload).hold(3), { message });
    await assert.rejects(new HeldScale(space.api, { ...workload, leftover }).putBack(never), { message });
    assert.deepEqual(space.changes, []);
  });

  it("leaves alone what another run has left where this one neither knew of it nor held anything", async () => {
    const space = namespace();
    // As a run with `faults` alone sees it, which looks for no autoscaler.
    const deploymentOnly = { ...workload, autoscaler: undefined };
    await new HeldScale(space.api, deploymentOnly).hold(3);
    const asked = space.requests.length;
    assert.equal(await new HeldScale(space.api, deploymentOnly).putBack(never), undefined);
    assert.equal(space.requests.length, asked, "nothing was even asked");
    assert.deepEqual(space.at<Scaled>("deployments/plano").spec, { replicas: 3 });
  });

  it("leaves alone the note of another run that was quicker", async () => {
    const space = namespace();
    await new HeldScale(space.api, workload).hold(3);
    const [note, state] = [noteOf(space), stateOf(space)];
    const late = new HeldScale(space.api, workload);
    await assert.rejects(late.hold(4));
    assert.equal(await late.putBack(never), undefined);
    assert.deepEqual([noteOf(space), stateOf(space)], [note, state]);
  });

  it("changes the scale no further when the note is gone, and puts back from memory", async () => {
    const space = namespace();
    const scale = new HeldScale(space.api, workload);
    await scale.hold(3);
    setNote(space, undefined);
    await assert.rejects(scale.hold(2), {
      message: "nothing was scaled: somebody has taken plano-affinity/put-back off HorizontalPodAutoscaler scaler",
    });
    assert.deepEqual(stateOf(space), [{ replicas: 3 }, { minReplicas: 3, maxReplicas: 3 }]);
    assert.deepEqual(await scale.putBack(never), { replicas: 2, min: 2, max: 5 });
    assert.deepEqual(stateOf(space), [{ replicas: 2 }, { minReplicas: 2, maxReplicas: 5 }]);
    assert.equal(await scale.putBack(never), undefined);
  });

  it("neither changes nor puts back what another run holds by now, and says so", async () => {
    const space = namespace();
    const scale = new HeldScale(space.api, workload);
    await scale.hold(3);
    // It took the note for one of a run that was killed.
    const other = new HeldScale(space.api, { ...workload, leftover });
    await other.putBack(never);
    await other.hold(4);
    const state = stateOf(space);
    const what = "another run has changed the scale of HorizontalPodAutoscaler scaler";
    await assert.rejects(scale.hold(2), { message: `nothing was scaled: ${what}` });
    await assert.rejects(scale.putBack(never), { message: what });
    assert.deepEqual(stateOf(space), state);
    assert.deepEqual(await other.putBack(never), leftover);
  });

  it("puts back what it changed although the answer to that got lost", async () => {
    const space = namespace();
    const json = space.json.bind(space);
    space.json = async <T>(request: ApiRequest): Promise<T> => {
      const answer = await json<T>(request);
      if (request.method === "PATCH") throw new ApiFailure("no answer", undefined, true);
      return answer;
    };
    const scale = new HeldScale(space.api, workload);
    await assert.rejects(scale.hold(3), { message: "no answer" });
    space.json = json;
    assert.deepEqual(await scale.putBack(never), leftover);
    assert.deepEqual(stateOf(space), [{ replicas: 2 }, { minReplicas: 2, maxReplicas: 5 }]);
  });

  it("puts back nothing when its first request was refused", async () => {
    const space = namespace();
    space.interfere = ({ method }) => {
      if (method === "PATCH") throw new ApiFailure("forbidden", 403, false);
    };
    const scale = new HeldScale(space.api, workload);
    await assert.rejects(scale.hold(3), { message: "forbidden" });
    const before = space.changes;
    assert.equal(await scale.putBack(never), undefined);
    assert.deepEqual(space.changes, before);
  });

  it("never holds fewer replicas than there were, and changes nothing then", async () => {
    const space = namespace();
    const scale = new HeldScale(space.api, workload);
    const message = "nothing was scaled: 1 would be fewer than the 2 replicas of before, so somebody else has changed the scale";
    await assert.rejects(scale.hold(1), { message });
    assert.deepEqual(space.changes, []);
    await scale.hold(3);
    await assert.rejects(scale.hold(1), { message });
    assert.deepEqual(stateOf(space), [{ replicas: 3 }, { minReplicas: 3, maxReplicas: 3 }]);
    assert.deepEqual(await scale.putBack(never), leftover);
  });
});
