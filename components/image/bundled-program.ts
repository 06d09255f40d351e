import * as core from "@pulumi/kubernetes/core/v1";
import type { input as inputs } from "@pulumi/kubernetes/types";
import * as pulumi from "@pulumi/pulumi";
import { checksum } from "../checksum";
import { type AppName, labelsOf } from "../names";

/** Arguments of {@link BundledProgram}. */
export interface BundledProgramArgs {
  readonly namespace: pulumi.Input<string>;
  /** The workload that runs it; the ConfigMap is called `<app>-program`. */
  readonly app: AppName;
  /** Gzip file of a program for Node.js, in base64. */
  readonly program: pulumi.Input<string>;
}

const file = "program.js.gz";
const mountPath = "/opt/program";

/** Runs the program that its argument names, as `node program.js` would. */
const unpack = "eval(zlib.gunzipSync(fs.readFileSync(process.argv[1])).toString())";

/** A program in a ConfigMap, for a pod that runs it on an image that holds nothing but Node.js. */
export class BundledProgram extends pulumi.ComponentResource {
  /** What the container runs in place of what its image says. */
  readonly command = ["node", "-e", unpack, `${mountPath}/${file}`];
  readonly volume: inputs.core.v1.Volume;
  readonly mount: inputs.core.v1.VolumeMount = { name: "program", mountPath, readOnly: true };
  /** Changes with the program: a pod reads it only at start. */
  readonly checksum: pulumi.Output<string>;

  constructor(name: string, args: BundledProgramArgs, opts?: pulumi.ComponentResourceOptions) {
    super("plano-affinity:index:BundledProgram", name, {}, opts);
    const map = new core.ConfigMap(
      name,
      {
        metadata: { name: `${args.app}-program`, namespace: args.namespace, labels: labelsOf(args.app) },
        binaryData: { [file]: args.program },
      },
      { parent: this, deletedWith: opts?.deletedWith },
    );
    this.volume = { name: "program", configMap: { name: map.metadata.name } };
    this.checksum = pulumi.output(args.program).apply((it) => checksum(it));
    this.registerOutputs({ checksum: this.checksum });
  }
}
