import assert from "node:assert/strict";
import * as pulumi from "@pulumi/pulumi";
import type { Cluster } from "../cluster";
import { GatewayImage, type GatewayImageArgs } from "./gateway-image";
import { buildInputs } from "../../images";
import { publishedImages } from "../../settings/images";
import { type Made, mockEngine, register, valueOf } from "../testing/pulumi-mocks";

/** A cluster as far as images need it. */
function clusterOf(kind: Cluster["kind"]): Cluster {
  const resource = Object.assign(new pulumi.ComponentResource("test:index:Cluster", kind), { clusterId: pulumi.output("id-1") });
  const made = { kind: { kindCluster: resource }, sandbox: { sandbox: resource }, existing: {} }[kind];
  return { kind, clusterName: "demo", parts: {}, ...made } as unknown as Cluster;
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

  const [node, registry] = [publishedImages.stub, "r.example.com/team/plano"];
  const official = "docker.io/katanemo/plano:0.4.27";
  const saved = { archive: "/images/plano.tar", digest: "0123456789abcdef" };
  type Args = Parameters<typeof image>[0];
  /** What is made, and the references of gateway and stub where nothing is; `+` is with a program in a ConfigMap. */
  const cases: readonly (readonly [Args, made: readonly string[], gateway?: string, stub?: string])[] = [
    [{ kind: "existing", gateway: "plano" }, [], official, `${node}+`],
    [{ kind: "existing", gateway: "standin" }, [], `${node}+`, `${node}+`],
    [{ kind: "existing", gateway: "standin", image: "r.example.com/mine:1" }, [], "r.example.com/mine:1", "r.example.com/mine:1"],
    [{ kind: "existing", gateway: "plano", image: "r.example.com/mine:1" }, [], "r.example.com/mine:1", `${node}+`],
    [{ kind: "existing", gateway: "plano", registry }, ["image-built", "image-plano-built"]],
    [{ kind: "existing", gateway: "standin", registry }, ["image-built"]],
    [{ kind: "kind", gateway: "plano" }, ["image", "image-built", "image-plano", "image-plano-built"]],
    [{ kind: "kind", gateway: "plano", needsStub: false }, ["image-plano", "image-plano-built"]],
    [{ kind: "sandbox", gateway: "standin" }, ["image"]],
    [{ kind: "sandbox", gateway: "plano", planoImage: { reference: official } }, ["image", "image-plano"]],
    [{ kind: "kind", gateway: "plano", planoImage: saved, needsStub: false }, ["image-plano"]],
  ];
  for (const [args, made, gateway, stub] of cases) {
    it(`makes ${made.join(", ") || "nothing"} with ${JSON.stringify(args)}`, async () => {
      const { component, resources } = await image(args);
      assert.deepEqual([...resources.keys()].sort(), made);
      const { program, stubProgram } = component.references;
      if (gateway === undefined) return assert.deepEqual([program, stubProgram], [undefined, undefined]);
      assert.equal(`${await valueOf(component.gateway)}${program ? "+" : ""}`, gateway);
      assert.equal(`${await valueOf(component.stub)}${stubProgram ? "+" : ""}`, stub);
    });
  }

  it("is built from the inputs of its target, pushed to the registry, and loaded into the cluster's nodes", async () => {
    const pushed = await image({ kind: "existing", gateway: "plano", registry });
    for (const [name, target] of [
      ["image-built", "standin"],
      ["image-plano-built", "plano"],
    ] as const) {
      const { inputs, repository, ...built } = pushed.resources.get(name) ?? {};
      assert.deepEqual([built["target"], repository, inputs], [target, registry, buildInputs(target, "0.4.27")]);
    }
    const given = await image({ kind: "kind", gateway: "plano", planoImage: saved, needsStub: false });
    const { archive, reference } = given.resources.get("image-plano") ?? {};
    assert.deepEqual([archive, reference], [saved.archive, "plano-affinity/plano:0123456789ab"]);
    const { resources } = await image({ kind: "kind", gateway: "plano" });
    assert.equal(resources.get("image-plano-built")?.repository, undefined);
    const { cluster, clusterId } = resources.get("image-plano") ?? {};
    assert.deepEqual([cluster, clusterId], ["demo", "id-1"]);
  });
});
