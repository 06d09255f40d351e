import * as pulumi from "@pulumi/pulumi";
import { operate } from "../lib/dynamic/operate";
import type { BuiltImageInputs } from "./build-inputs";

const program = "images/built-image-provider.ts";

const builtImageProvider: pulumi.dynamic.ResourceProvider = {
  async create(inputs: BuiltImageInputs) {
    return { id: `${inputs.target}-${inputs.inputs}`, outs: { ...inputs, ...(await operate(program, "make", inputs)) } };
  },
  async diff(_id: string, olds: BuiltImageInputs, news: BuiltImageInputs) {
    const changed = (["target", "planoVersion", "inputs", "repository"] as const).some((key) => olds[key] !== news[key]);
    if (changed || olds.repository !== undefined) return { changes: changed };
    return { changes: (await operate(program, "local", olds))["exists"] === false };
  },
  // Never a replacement: that would replace, not roll, every Deployment that names the image.
  async update(_id: string, olds: BuiltImageInputs, news: BuiltImageInputs) {
    const outs = { ...news, ...(await operate(program, "make", news)) };
    if (olds.inputs !== news.inputs || olds.repository !== news.repository) await operate(program, "remove", olds);
    return { outs };
  },
  async read(id: string, props: BuiltImageInputs) {
    const operation = props.repository === undefined ? "local" : "pushed";
    return (await operate(program, operation, props))["exists"] === false ? { id: "", props: {} } : { id, props };
  },
  async delete(_id: string, props: BuiltImageInputs) {
    await operate(program, "remove", props);
  },
};

/** An image that is built from a stage of the Dockerfile when its inputs changed, and pushed where a repository is named. */
export class BuiltImage extends pulumi.dynamic.Resource {
  /** `plano-affinity/<target>:<hash>` in the engine of this machine, or `<repository>@sha256:…`. */
  declare readonly reference: pulumi.Output<string>;

  constructor(name: string, inputs: BuiltImageInputs, options?: pulumi.CustomResourceOptions) {
    super(builtImageProvider, name, { ...inputs, reference: undefined }, options);
  }
}
