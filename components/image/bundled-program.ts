import type * as pulumi from "@pulumi/pulumi";
import { componentOf, manifest } from "../manifest";
import type { AppName } from "../names";
import { fingerprint } from "../outputs";
import type { Place } from "../pod";
import { metadataOf } from "../workload";

/** Arguments of {@link BundledProgram}. */
export interface BundledProgramArgs extends Place {
  /** The workload that runs it; the ConfigMap is called `<app>-program`. */
  readonly app: AppName;
  /** Gzip file of a program for Node.js, in base64. */
  readonly program: pulumi.Input<string>;
}

const file = "program.js.gz";
const mountPath = "/opt/program";

/** Runs the program that its argument names, as `node program.js` would. */
const unpack = "eval(zlib.gunzipSync(fs.readFileSync(process.argv[1])).toString())";

/** What a pod needs to run the program; it reads it only at start, so that it must roll when the checksum changes. */
export function runBundled(app: AppName, program: pulumi.Input<string>) {
  return {
    command: ["node", "-e", unpack, `${mountPath}/${file}`],
    volume: { name: "program", configMap: { name: `${app}-program` } },
    mount: { name: "program", mountPath, readOnly: true },
    checksum: fingerprint(program),
  };
}

export function bundledProgramObjects(args: BundledProgramArgs) {
  const metadata = metadataOf(args, args.app, `${args.app}-program`);
  return { main: manifest("ConfigMap", metadata, { binaryData: { [file]: args.program } }) };
}

/** A program in a ConfigMap, for a pod that runs it on an image that holds nothing but Node.js. */
export const BundledProgram = componentOf("BundledProgram", bundledProgramObjects);
