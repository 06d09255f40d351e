/** The `runtime.options` of Pulumi.yaml that this host knows; the same names and meanings as the official host's. */
export interface RuntimeOptions {
  /** Compile with ts-node before running; as with the official host the default is true. */
  readonly typescript: boolean;
  /** Arguments for node itself, split on blanks; quotes keep blanks. Default none. */
  readonly nodeArgs: readonly string[];
  /** The tsconfig that ts-node takes. Default `tsconfig.json` in the project. */
  readonly tsconfig: string | undefined;
}

/** @throws Error naming the option, where a value has the wrong type. */
export function parseRuntimeOptions(options: Readonly<Record<string, unknown>>): RuntimeOptions {
  const typescript = options["typescript"] ?? true;
  const nodeargs = options["nodeargs"] ?? "";
  const tsconfig = options["tsconfig"];
  if (typeof typescript !== "boolean") throw new Error(wrongType("typescript", "true or false"));
  if (typeof nodeargs !== "string") throw new Error(wrongType("nodeargs", "a string"));
  if (tsconfig !== undefined && typeof tsconfig !== "string") throw new Error(wrongType("tsconfig", "a string"));
  return { typescript, nodeArgs: splitArguments(nodeargs), tsconfig };
}

function wrongType(option: string, expected: string): string {
  return `Pulumi.yaml: runtime.options.${option} must be ${expected}`;
}

/** Splits a command line at blanks; single and double quotes keep them. */
export function splitArguments(line: string): string[] {
  const words = line.match(/(?:[^\s"']+|"[^"]*"|'[^']*')+/g) ?? [];
  return words.map((word) =>
    word.replace(/"([^"]*)"|'([^']*)'/g, (_, double?: string, single?: string) => double ?? single ?? ""),
  );
}
