import assert from "node:assert/strict";
import * as pulumi from "@pulumi/pulumi";
import type { Cluster } from "../cluster";
import { GatewayImage, type GatewayImageArgs } from "./gateway-image";
import { buildInputs } from "../../images";
import { type Made, mockEngine, register, valueOf } from "../testing/pulumi-mocks";

/** A cluster as far as images need it. */
function clusterOf(kind: Cluster["kind"]): Cluster {
  const resource = Object.assign(new pulumi.ComponentResource("test:index:Cluster", kind), { clusterId: pulumi.output("id-1") });
  const made = { kind: { kindCluster: resource }, sandbox: { sandbox: resource }, existing: {} }[kind];
  return { kind, clusterName: "demo", ...made } as unknown as Cluster;
}

describe("GatewayImage", () => {
  before(() => mockEngine());

  /** The component and what it registered besides itself: name → inputs. */
  async function image(args: Omit<GatewayImageArgs, "cluster" | "planoVersion"> & { readonly kind: Cluster["kind"] }) {
    let component: GatewayImage | undefined;
    const made = await register(
      (opts) => (component = new GatewayImage("image", { planoVersion: "0.4.27", cluster: clusterOf(args.kind), ...args }, opts)),
    );
    const inputs = (one: Made): Readonly<Record<string, unknown>> => one.manifest as unknown as Readonly<Record<string, unknown>>;
    return {
      component: component ?? assert.fail(),
      resources: new Map(made.slice(1).map((it) => [it.name, inputs(it)])),
    };
  }

  it("is the official image on an existing cluster, with the stub in a ConfigMap: nothing is built", async () => {
    const { component, resources } = await image({ kind: "existing", gateway: "plano" });
    assert.equal(await valueOf(component.gateway), "docker.io/katanemo/plano:0.4.27");
    assert.equal(await valueOf(component.stub), "docker.io/library/node:20-slim");
    assert.equal(component.programs.gateway, undefined);
    assert.ok(component.programs.stub);
    assert.equal(component.isStandin, false);
    assert.equal(resources.size, 0);
  });

  it("is Node.js with both programs for the stand-in on an existing cluster", async () => {
    const { component, resources } = await image({ kind: "existing", gateway: "standin" });
    assert.equal(await valueOf(component.gateway), "docker.io/library/node:20-slim");
    assert.ok(component.programs.gateway && component.programs.stub);
    assert.equal(component.isStandin, true);
    assert.equal(resources.size, 0);
  });

  it("is built and pushed for a registry, one image of each target", async () => {
    const registry = "r.example.com/team/plano";
    const { resources } = await image({ kind: "existing", gateway: "plano", registry });
    assert.deepEqual([...resources.keys()].sort(), ["image-built", "image-plano-built"]);
    const [standin, plano] = [resources.get("image-built"), resources.get("image-plano-built")];
    assert.deepEqual(
      [standin?.target, standin?.repository, standin?.inputs],
      ["standin", registry, buildInputs("standin", "0.4.27")],
    );
    assert.deepEqual([plano?.target, plano?.repository, plano?.inputs], ["plano", registry, buildInputs("plano", "0.4.27")]);
  });

  it("is one image for gateway and stub, where the gateway is the stand-in", async () => {
    const { resources } = await image({ kind: "existing", gateway: "standin", registry: "r.example.com/plano" });
    assert.deepEqual([...resources.keys()], ["image-built"]);
  });

  it("is built and loaded on kind, and pushed nowhere", async () => {
    const { resources } = await image({ kind: "kind", gateway: "plano" });
    assert.deepEqual([...resources.keys()].sort(), ["image", "image-built", "image-plano", "image-plano-built"]);
    assert.equal(resources.get("image-plano-built")?.repository, undefined);
    assert.equal(resources.get("image-plano")?.cluster, "demo");
    assert.equal(resources.get("image-plano")?.clusterId, "id-1");
  });

  it("is not built for a stub that does not run", async () => {
    const { component, resources } = await image({ kind: "kind", gateway: "plano", needsStub: false });
    assert.deepEqual([...resources.keys()].sort(), ["image-plano", "image-plano-built"]);
    assert.equal(component.programs.stub, undefined);
  });

  it("is put together without Docker in the sandbox", async () => {
    const { component, resources } = await image({ kind: "sandbox", gateway: "standin" });
    assert.deepEqual([...resources.keys()], ["image"]);
    assert.equal(resources.get("image")?.cluster, "demo");
    assert.equal(component.programs.gateway, undefined);
  });

  it("is used as it is where one is given", async () => {
    const { component, resources } = await image({ kind: "existing", gateway: "standin", image: "r.example.com/mine:1" });
    assert.equal(await valueOf(component.gateway), "r.example.com/mine:1");
    assert.equal(await valueOf(component.stub), "r.example.com/mine:1");
    assert.equal(resources.size, 0);
  });
});
