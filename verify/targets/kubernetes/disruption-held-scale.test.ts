import assert from "node:assert/strict";
import type { ApiRequest } from "../../../lib/kubernetes/api";
import { FakeNamespace } from "../../testing/fake-namespace";
import type { Workload } from "../disruptable";
import { ApiFailure } from "../namespace-api";
import { HeldScale, keptScale } from "./held-scale";

const annotation = "plano-affinity/put-back";
const never = new AbortController().signal;
const owned = { manager: "pulumi", operation: "Apply", fieldsV1: { "f:spec": { "f:metrics": {} } } };
/** The scale as it was before, in the words of the workload. */
const before = { replicas: 2, min: 2, max: 5 };
const scaler = "horizontalpodautoscalers/scaler";
const taken = "somebody else has changed the scale of HorizontalPodAutoscaler scaler";

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

  /** Another run, which takes the note for one of a run that was killed. */
  later(api = this.space.api): HeldScale {
    return this.run({ leftover: keptScale(this.metadata.annotations) }, api);
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

  /** Everything is again as it was, after this. */
  async putsBack(scale: HeldScale): Promise<void> {
    await scale.putBack(never);
    this.is(2, 2, 5);
    assert.equal(this.note, undefined);
  }

  /** Nothing is changed by this. */
  async leavesAlone(work: Promise<void>): Promise<void> {
    const { changes } = this.space;
    await work;
    assert.deepEqual(this.space.changes, changes);
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
    const { run, ...kept } = keptScale(scene.metadata.annotations) ?? {};
    assert.deepEqual([typeof run, kept], ["string", before]);
    const [first = "", ...others] = scene.space.changes;
    const us = "fieldManager=plano-affinity-verify";
    assert.match(first, new RegExp(`^PATCH ${scaler}\\?${us} .*put-back.*"maxReplicas":3`));
    assert.deepEqual(others, [`PATCH deployments/plano/scale?${us} {"spec":{"replicas":3}}`]);
  });

  it("puts everything back once, the note last, owns none of the fields any more, and holds anew", async () => {
    const scale = await scene.holding(3);
    await scale.hold(2);
    const us = { manager: "plano-affinity-verify", operation: "Update", fieldsV1: { "f:spec": { "f:minReplicas": {} } } };
    scene.metadata = { managedFields: [us, owned] };
    await scene.putsBack(scale);
    assert.deepEqual(scene.metadata.managedFields, [owned]);
    assert.match(scene.space.changes.at(-1) ?? "", /^PATCH \S+\/scaler\S* .*"annotations":\{"plano-affinity\/put-back":null\}/);
    await scene.leavesAlone(scale.putBack(never));
    await scale.hold(3);
    await scene.putsBack(scale);
  });

  it("does without an autoscaler: the note is on the Deployment, and is written first", async () => {
    const scale = await scene.holding(3, { autoscaler: undefined });
    assert.match(scene.space.changes[0] ?? "", /^PATCH deployments\/plano\?\S* .*put-back/);
    scene.is(3, 2, 5);
    await scene.putsBack(scale);
    assert.deepEqual(scene.space.at<Scaled>("deployments/plano").metadata.annotations, {});
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
    await scale.putBack(never);
    scene.is(2, 2, 7);
  });

  it("touches nothing that another run holds, nor its note, nor an autoscaler that is another one by now", async () => {
    const autoscaler = { name: "scaler", uid: "uid-of-before", min: 2, max: 5 };
    await assert.rejects(scene.holding(3, { autoscaler }), { message: "the UID is another" });
    scene.is(2, 2, 5);
    await scene.holding(3);
    const late = scene.run();
    const asked = scene.space.requests.length;
    await late.putBack(never);
    assert.equal(scene.space.requests.length, asked, "nothing was even asked");
    await scene.leavesAlone(assert.rejects(late.hold(4), { message: `nothing was scaled: ${taken}` }));
    await scene.leavesAlone(late.putBack(never));
  });

  it("works while it puts back although the run was interrupted, and stops at the limit of its own", async () => {
    await scene.holding(3);
    const interrupted = scene.later(scene.space.api.until(AbortSignal.abort()));
    await assert.rejects(interrupted.putBack(AbortSignal.abort()));
    await scene.putsBack(interrupted);
  });

  it("says so when the note cannot be read, and changes nothing", async () => {
    scene.metadata = { annotations: { [annotation]: '{"scale":' } };
    const message = `annotation ${annotation} of the autoscaler or Deployment cannot be read: look at it and remove it`;
    await scene.leavesAlone(assert.rejects(scene.run().hold(3), { message }));
    await scene.leavesAlone(assert.rejects(scene.run({ leftover: before }).putBack(never), { message }));
  });

  it("changes the scale no further when the note is gone, and puts back from memory, once", async () => {
    const scale = await scene.holding(3);
    scene.metadata = { annotations: {} };
    await scene.leavesAlone(assert.rejects(scale.hold(2), { message: `nothing was scaled: ${taken}` }));
    await scene.putsBack(scale);
    await scene.leavesAlone(scale.putBack(never));
  });

  it("neither changes nor puts back what a later run holds by now, which took it for killed, and says so", async () => {
    const scale = await scene.holding(3);
    const other = scene.later();
    await scene.putsBack(other);
    await other.hold(4);
    await assert.rejects(scale.hold(2), { message: `nothing was scaled: ${taken}` });
    await assert.rejects(scale.putBack(never), { message: taken });
    scene.is(4, 4, 4);
    await scene.putsBack(other);
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
    await scene.putsBack(scale);
  });

  it("puts back nothing when its first request was refused", async () => {
    scene.space.interfere = ({ method }) => {
      if (method === "PATCH") throw new ApiFailure("forbidden", 403, false);
    };
    const scale = scene.run();
    await assert.rejects(scale.hold(3), { message: "forbidden" });
    await scene.leavesAlone(scale.putBack(never));
  });

  it("never holds fewer replicas than there were, and changes nothing then", async () => {
    const scale = scene.run();
    const message = `nothing was scaled: ${taken}`;
    await scene.leavesAlone(assert.rejects(scale.hold(1), { message }));
    await scale.hold(3);
    await scene.leavesAlone(assert.rejects(scale.hold(1), { message }));
    await scene.putsBack(scale);
  });
});
