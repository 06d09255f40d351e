import assert from "node:assert/strict";
import { ApiFailure, type ApiRequest } from "../api-server";
import type { Workload } from "../disruptable";
import { HeldScale } from "./held-scale";
import type { KeptScale } from "./kept-scale";
import { FakeNamespace } from "../../testing/fake-namespace";

const annotation = "plano-affinity/put-back";
const never = new AbortController().signal;
const owned = { manager: "pulumi", operation: "Apply", fieldsV1: { "f:spec": { "f:minReplicas": {}, "f:maxReplicas": {} } } };
/** The scale as it was before, in the words of the workload. */
const before = { replicas: 2, min: 2, max: 5 };
const scaler = "horizontalpodautoscalers/scaler";
const taken = "another run has changed the scale of HorizontalPodAutoscaler scaler";

interface Scaled {
  readonly metadata: { readonly annotations?: Readonly<Record<string, string>>; readonly managedFields?: readonly object[] };
  readonly spec: object;
}

/** A Deployment of two replicas with an autoscaler. */
class Scene {
  readonly space = new FakeNamespace();

  constructor() {
    this.space.put("deployments/plano", { spec: { replicas: 2 } });
    this.space.put(scaler, { metadata: { managedFields: [owned] }, spec: { minReplicas: 2, maxReplicas: 5 } });
  }

  /** The scale as one run sees it. */
  run(more: Partial<Pick<Workload, "autoscaler" | "leftover">> = {}, api = this.space.api): HeldScale {
    const deployment = { name: "plano", uid: "uid-plano", replicas: 2 };
    const autoscaler = { name: "scaler", uid: "uid-scaler", min: 2, max: 5 };
    return new HeldScale(api, { deployment, autoscaler, leftover: undefined, ...more });
  }

  async holding(replicas: number, more?: Parameters<Scene["run"]>[0]): Promise<HeldScale> {
    const scale = this.run(more);
    await scale.hold(replicas);
    return scale;
  }

  is(replicas: number, min: number, max: number): void {
    const specs = ["deployments/plano", scaler].map((path) => this.space.at<Scaled>(path).spec);
    assert.deepEqual(specs, [{ replicas }, { minReplicas: min, maxReplicas: max }]);
  }

  get note(): string | undefined {
    return this.metadata.annotations?.[annotation];
  }

  get metadata(): Scaled["metadata"] {
    return this.space.at<Scaled>(scaler).metadata;
  }

  /** As somebody else's write. */
  set metadata(change: Scaled["metadata"]) {
    const { metadata, ...others } = this.space.at<Scaled>(scaler);
    this.space.objects.set(scaler, { ...others, metadata: { ...metadata, ...change } });
  }
}

describe("a held scale", () => {
  let scene: Scene;
  beforeEach(() => void (scene = new Scene()));

  it("holds the autoscaler and the Deployment, and keeps in the same request what was", async () => {
    await scene.holding(3);
    scene.is(3, 3, 3);
    const { scale, owners } = JSON.parse(scene.note ?? "") as KeptScale;
    assert.deepEqual([scale, owners], [before, { autoscaler: [owned], deployment: [] }]);
    const [first = "", ...others] = scene.space.changes;
    const us = "fieldManager=plano-affinity-verify";
    assert.match(first, new RegExp(`^PATCH ${scaler}\\?${us} .*put-back.*"maxReplicas":3`));
    assert.deepEqual(others, [`PATCH deployments/plano/scale?${us} {"spec":{"replicas":3}}`]);
  });

  it("puts everything back, the note last, and gives the fields to those who owned them", async () => {
    const scale = await scene.holding(3);
    await scale.hold(2);
    const us = { manager: "plano-affinity-verify", operation: "Update", fieldsV1: owned.fieldsV1 };
    scene.metadata = { managedFields: [us] };
    assert.deepEqual(await scale.putBack(never), before);
    scene.is(2, 2, 5);
    const { annotations, managedFields } = scene.metadata;
    assert.deepEqual([annotations, managedFields], [{}, [owned]]);
    assert.match(scene.space.changes.at(-1) ?? "", /^PATCH \S+\/scaler\S* .*"annotations":\{"plano-affinity\/put-back":null\}/);
    assert.equal(await scale.putBack(never), undefined);
    await scale.hold(3);
    assert.deepEqual(await scale.putBack(never), before);
  });

  it("puts back what a run left behind that was killed, and holds anew from there", async () => {
    await scene.holding(3);
    const later = scene.run({ autoscaler: { name: "scaler", uid: "uid-scaler", min: 3, max: 3 }, leftover: before });
    assert.deepEqual(await later.putBack(never), before);
    scene.is(2, 2, 5);
    await later.hold(3);
    assert.deepEqual(await later.putBack(never), before);
  });

  it("does without an autoscaler: the note is on the Deployment, and is written first", async () => {
    const scale = await scene.holding(3, { autoscaler: undefined });
    assert.match(scene.space.changes[0] ?? "", /^PATCH deployments\/plano\?\S* .*put-back/);
    scene.is(3, 2, 5);
    assert.deepEqual(await scale.putBack(never), { replicas: 2 });
    assert.deepEqual(scene.space.at<Scaled>("deployments/plano").metadata.annotations, {});
    scene.is(2, 2, 5);
  });

  it("tries again when the object was changed in between, and keeps what it is then", async () => {
    let changes = 0;
    scene.space.interfere = ({ method, path }) => {
      if (method !== "PATCH" || !path.includes("scaler") || ++changes > 2) return;
      const metadata = { resourceVersion: `${10 + changes}` };
      scene.space.put(scaler, { metadata, spec: { minReplicas: 2, maxReplicas: 5 + changes } });
    };
    const scale = await scene.holding(3);
    scene.space.interfere = () => undefined;
    assert.deepEqual(await scale.putBack(never), { ...before, max: 7 });
  });

  it("touches nothing that another run holds, nor its note, nor an autoscaler that is another one by now", async () => {
    const autoscaler = { name: "scaler", uid: "uid-of-before", min: 2, max: 5 };
    await assert.rejects(scene.holding(3, { autoscaler }), { message: "the UID is another" });
    scene.is(2, 2, 5);
    await scene.holding(3);
    const { note } = scene;
    const late = scene.run();
    await assert.rejects(late.hold(4), { message: `nothing was scaled: ${taken}` });
    assert.equal(await late.putBack(never), undefined);
    assert.equal(scene.note, note);
    scene.is(3, 3, 3);
  });

  it("works while it puts back although the run was interrupted, and stops at the limit of its own", async () => {
    await scene.holding(3);
    const interrupted = scene.run({ leftover: before }, scene.space.api.until(AbortSignal.abort()));
    await assert.rejects(interrupted.putBack(AbortSignal.abort()));
    await interrupted.putBack(never);
    scene.is(2, 2, 5);
  });

  it("says so when the note cannot be read, and changes nothing", async () => {
    scene.metadata = { annotations: { [annotation]: '{"scale":' } };
    const message = `annotation ${annotation} of HorizontalPodAutoscaler scaler cannot be read: look at it and remove it`;
    await assert.rejects(scene.run().hold(3), { message });
    await assert.rejects(scene.run({ leftover: before }).putBack(never), { message });
    assert.deepEqual(scene.space.changes, []);
  });

  it("leaves alone what another run has left where this one neither knew of it nor held anything", async () => {
    await scene.holding(3, { autoscaler: undefined });
    const asked = scene.space.requests.length;
    assert.equal(await scene.run({ autoscaler: undefined }).putBack(never), undefined);
    assert.equal(scene.space.requests.length, asked, "nothing was even asked");
  });

  it("changes the scale no further when the note is gone, and puts back from memory", async () => {
    const scale = await scene.holding(3);
    scene.metadata = { annotations: {} };
    const message = `nothing was scaled: somebody has taken ${annotation} off HorizontalPodAutoscaler scaler`;
    await assert.rejects(scale.hold(2), { message });
    scene.is(3, 3, 3);
    assert.deepEqual(await scale.putBack(never), before);
    scene.is(2, 2, 5);
    assert.equal(await scale.putBack(never), undefined);
  });

  it("neither changes nor puts back what another run holds by now, and says so", async () => {
    const scale = await scene.holding(3);
    // It took the note for one of a run that was killed.
    const other = scene.run({ leftover: before });
    await other.putBack(never);
    await other.hold(4);
    await assert.rejects(scale.hold(2), { message: `nothing was scaled: ${taken}` });
    await assert.rejects(scale.putBack(never), { message: taken });
    scene.is(4, 4, 4);
    assert.deepEqual(await other.putBack(never), before);
  });

  it("puts back what it changed although the answer to that got lost", async () => {
    const json = scene.space.json.bind(scene.space);
    scene.space.json = async <T>(request: ApiRequest): Promise<T> => {
      const answer = await json<T>(request);
      if (request.method === "PATCH") throw new ApiFailure("no answer", undefined, true);
      return answer;
    };
    const scale = scene.run();
    await assert.rejects(scale.hold(3), { message: "no answer" });
    scene.space.json = json;
    assert.deepEqual(await scale.putBack(never), before);
    scene.is(2, 2, 5);
  });

  it("puts back nothing when its first request was refused", async () => {
    scene.space.interfere = ({ method }) => {
      if (method === "PATCH") throw new ApiFailure("forbidden", 403, false);
    };
    const scale = scene.run();
    await assert.rejects(scale.hold(3), { message: "forbidden" });
    const { changes } = scene.space;
    assert.equal(await scale.putBack(never), undefined);
    assert.deepEqual(scene.space.changes, changes);
  });

  it("never holds fewer replicas than there were, and changes nothing then", async () => {
    const scale = scene.run();
    const message = "nothing was scaled: 1 would be fewer than the 2 replicas of before, so somebody else has changed the scale";
    await assert.rejects(scale.hold(1), { message });
    assert.deepEqual(scene.space.changes, []);
    await scale.hold(3);
    await assert.rejects(scale.hold(1), { message });
    scene.is(3, 3, 3);
    assert.deepEqual(await scale.putBack(never), before);
  });
});
