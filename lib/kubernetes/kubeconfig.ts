import { existsSync, readFileSync } from "node:fs";
import { homedir } from "node:os";
import { delimiter, dirname, isAbsolute, join, resolve } from "node:path";
import type { parse, stringify, YAMLParseError } from "yaml";

/** The package `yaml`, from whoever has loaded it: programs that ask no cluster start faster without. */
export interface Yaml {
  readonly parse: typeof parse;
  readonly stringify: typeof stringify;
}

/** Which kubeconfig, and what of it. */
export interface KubeconfigSource {
  /** Content of one kubeconfig. */
  readonly content?: string;
  /** Files of kubeconfigs. Default: those of KUBECONFIG, else `~/.kube/config`. */
  readonly files?: readonly string[];
  /** Default: the current context. */
  readonly context?: string;
  /** Default: the context's cluster. */
  readonly cluster?: string;
}

/** One context of a kubeconfig. */
export interface Kubeconfig {
  readonly context: string;
  /** Address of the API server. */
  readonly server: string;
  /** A kubeconfig of this context alone, with absolute paths: it may be kept without its folder. */
  readonly content: string;
  /** File of the user's token: client-node does not know the field. */
  readonly tokenFile?: string;
}

/** What is wrong with a kubeconfig. The message is one line, and quotes nothing of it but names of contexts, clusters and users. */
export class KubeconfigError extends Error {
  override readonly name = "KubeconfigError";

  constructor(
    /** `missing`: there is none; `unreadable`: a file of it; else the entry that is missing. */
    readonly problem: "missing" | "unreadable" | "context" | "cluster" | "user",
    message: string,
    /** Names of the contexts that there are. */
    readonly contexts: readonly string[] = [],
  ) {
    super(message);
  }
}

type Fields = Readonly<Record<string, unknown>>;

/** An entry of a list: `{ name, cluster: { … } }`. */
interface Entry {
  readonly name: string;
  readonly fields: Fields;
}

/** The lists of a kubeconfig, and the name of their entries' fields. */
const lists = { contexts: "context", clusters: "cluster", users: "user" } as const;

/** One file. */
interface Part extends Readonly<Record<keyof typeof lists, readonly Entry[]>> {
  readonly current: string | undefined;
}

/** Fields that name files, relative to the kubeconfig's own folder. */
const fileFields = ["certificate-authority", "client-certificate", "client-key", "tokenFile"];

/**
 * Reads one context as kubectl does (client-go's clientcmd): of entries with one name the first counts, the current context
 * is that of the first file that sets one, files that do not exist are left out.
 *
 * @throws KubeconfigError
 */
export function readKubeconfig(yaml: Yaml, source: KubeconfigSource = {}): Kubeconfig {
  const { content, files, context: wanted, cluster: other } = source;
  const names = content === undefined ? existing(files ?? kubeconfigFiles()) : ["the kubeconfig"];
  const where = names.join(delimiter);
  const parts = names.map((name) => partOf(yaml, name, content));
  const first = (list: keyof typeof lists, name: unknown) => parts.flatMap((it) => it[list]).find((it) => it.name === name);

  const context = wanted ?? parts.find(({ current }) => current !== undefined)?.current;
  const found = first("contexts", context);
  if (context === undefined || found === undefined) {
    const contexts = [...new Set(parts.flatMap((it) => it.contexts.map(({ name }) => name)))];
    const what = context === undefined ? "no context is chosen" : `there is no context "${context}"`;
    throw new KubeconfigError("context", `${what} in ${where}`, contexts);
  }
  const named: Fields & { readonly cluster?: string; readonly user?: string } = {
    ...found.fields,
    ...(other !== undefined && { cluster: other }),
  };
  const lacks = (problem: "cluster" | "user"): KubeconfigError => {
    const message = `"${context}" in ${where} names the ${problem} "${named[problem] ?? ""}", which is not there`;
    return new KubeconfigError(problem, message);
  };
  const cluster = first("clusters", named.cluster);
  const server = cluster?.fields["server"];
  if (cluster === undefined || typeof server !== "string" || server === "") throw lacks("cluster");
  const user = first("users", named.user);
  // The server would be asked without credentials. A context that names no user at all means just that.
  if (user === undefined && (named.user ?? "") !== "") throw lacks("user");
  const kept = {
    apiVersion: "v1",
    kind: "Config",
    "current-context": context,
    contexts: [{ name: context, context: named }],
    clusters: [{ name: cluster.name, cluster: cluster.fields }],
    users: user === undefined ? [] : [{ name: user.name, user: user.fields }],
  };
  const { tokenFile } = (user?.fields ?? {}) as { readonly tokenFile?: string };
  return { context, server, content: yaml.stringify(kept), tokenFile };
}

/** A file that was asked for is never replaced by the default one: that may be another cluster. */
function kubeconfigFiles(): readonly string[] {
  const { KUBECONFIG = "" } = process.env;
  return KUBECONFIG === "" ? [join(homedir(), ".kube", "config")] : KUBECONFIG.split(delimiter).filter((it) => it !== "");
}

function existing(files: readonly string[]): readonly string[] {
  const there = files.filter((it) => existsSync(it));
  if (there.length === 0) throw new KubeconfigError("missing", `no kubeconfig was found (${files.join(", ")})`);
  return there;
}

/**
 * @param name the file; for messages only where there is `content`
 * @param content of no file: its paths stay as they are
 */
function partOf(yaml: Yaml, name: string, content: string | undefined): Part {
  const unreadable = (why: unknown) => new KubeconfigError("unreadable", `${name} cannot be read: ${String(why)}`);
  const folder = content === undefined ? dirname(resolve(name)) : undefined;
  const config = parsed(yaml, () => content ?? readFileSync(name, "utf8"), unreadable);
  const entries = (list: keyof typeof lists): readonly Entry[] => {
    const all = config[list] ?? [];
    if (!Array.isArray(all)) throw unreadable(`${list} is not a list`);
    return (all as readonly (Fields | null)[]).map((it, index) => {
      const { name: own, [lists[list]]: fields } = it ?? {};
      if (typeof own !== "string" && typeof own !== "number") throw unreadable(`${list}[${index}] has no name`);
      return { name: String(own), fields: withAbsolutePaths((fields ?? {}) as Fields, folder) };
    });
  };
  const current = config["current-context"];
  return {
    // kubectl leaves an empty text where no context is chosen.
    current: typeof current === "string" && current !== "" ? current : undefined,
    contexts: entries("contexts"),
    clusters: entries("clusters"),
    users: entries("users"),
  };
}

function parsed({ parse }: Yaml, read: () => string, unreadable: (why: unknown) => Error): Fields {
  let config: unknown;
  try {
    config = parse(read(), { logLevel: "error" });
  } catch (error) {
    const { code, syscall, linePos } = error as NodeJS.ErrnoException & Partial<Pick<YAMLParseError, "linePos">>;
    if (syscall !== undefined) throw unreadable(code);
    // What the parser says quotes lines, and lines hold keys.
    const [at] = linePos ?? [];
    throw unreadable(`it is not YAML${at === undefined ? "" : ` (line ${at.line}, column ${at.col})`}`);
  }
  if (typeof config !== "object" || config === null || Array.isArray(config)) throw unreadable("it has no fields");
  return config as Fields;
}

function withAbsolutePaths(fields: Fields, folder: string | undefined): Fields {
  if (folder === undefined) return fields;
  const moved = { ...fields };
  for (const key of fileFields) {
    const path = fields[key];
    if (typeof path === "string" && path !== "") moved[key] = resolve(folder, path);
  }
  // A program with a folder in its name is looked for beside the kubeconfig, one without on PATH.
  const exec = fields["exec"] as { readonly command?: unknown } | null | undefined;
  const command = exec?.command;
  if (typeof command === "string" && /[/\\]/.test(command) && !isAbsolute(command))
    moved["exec"] = { ...exec, command: join(folder, command) };
  return moved;
}
