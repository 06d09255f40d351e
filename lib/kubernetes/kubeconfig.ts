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
  readonly content?: string;
  /** Files of kubeconfigs. Default: those of KUBECONFIG, else `~/.kube/config`. */
  readonly files?: readonly string[];
  /** Default: the current context. */
  readonly context?: string;
}

/** One context of a kubeconfig. */
export interface Kubeconfig {
  readonly context: string;
  readonly server: string;
  /** A kubeconfig of this context alone, with absolute paths: it may be kept without its folder. */
  readonly content: string;
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

/** The lists of a kubeconfig, and the name of their entries' fields. */
const lists = [
  ["contexts", "context"],
  ["clusters", "cluster"],
  ["users", "user"],
] as const;

type Merged = Readonly<Record<(typeof lists)[number][0], Map<string, Fields>>> & { current: string | undefined };

/** Fields that name files, relative to the kubeconfig's own folder. */
const fileFields = ["certificate-authority", "client-certificate", "client-key", "tokenFile"];

/**
 * Reads one context as kubectl does (client-go's clientcmd): of entries with one name the first counts, the current context
 * is that of the first file that sets one, files that do not exist are left out.
 *
 * @throws KubeconfigError
 */
export function readKubeconfig(yaml: Yaml, source: KubeconfigSource = {}): Kubeconfig {
  const { content, files } = source;
  const names = content === undefined ? existing(files ?? kubeconfigFiles()) : ["the kubeconfig"];
  const where = names.join(delimiter);
  const all: Merged = { current: source.context, contexts: new Map(), clusters: new Map(), users: new Map() };
  for (const name of names) addFile(yaml, all, name, content);
  const { current: context, contexts } = all;
  const found = contexts.get(context ?? "");
  if (context === undefined || found === undefined) {
    const what = context === undefined ? "no context is chosen" : `there is no context "${context}"`;
    throw new KubeconfigError("context", `${what} in ${where}`, [...contexts.keys()]);
  }
  const named: { readonly cluster?: string; readonly user?: string } = found;
  const lacks = (problem: "cluster" | "user"): KubeconfigError => {
    const message = `"${context}" in ${where} names the ${problem} "${named[problem] ?? ""}", which is not there`;
    return new KubeconfigError(problem, message);
  };
  const cluster = all.clusters.get(named.cluster ?? "");
  const address = cluster?.["server"];
  if (typeof address !== "string" || address === "") throw lacks("cluster");
  const server = address.includes("://") ? address : `http://${address}`;
  const user = all.users.get(named.user ?? "");
  // The server would be asked without credentials. A context that names no user at all means just that.
  if (user === undefined && (named.user ?? "") !== "") throw lacks("user");
  const kept = {
    apiVersion: "v1",
    kind: "Config",
    "current-context": context,
    contexts: [{ name: context, context: named }],
    clusters: [{ name: named.cluster, cluster: { ...cluster, server } }],
    users: user === undefined ? [] : [{ name: named.user, user }],
  };
  return { context, server, content: yaml.stringify(kept) };
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
 * Adds what no earlier file has.
 * @param name the file; for messages only where there is `content`
 * @param content of no file: its paths stay as they are
 */
function addFile(yaml: Yaml, all: Merged, name: string, content: string | undefined): void {
  const unreadable = (why: unknown) => new KubeconfigError("unreadable", `${name} cannot be read: ${String(why)}`);
  const folder = content === undefined ? dirname(resolve(name)) : undefined;
  const config = parsed(yaml, () => content ?? readFileSync(name, "utf8"), unreadable);
  for (const [list, key] of lists) {
    const entries = config[list] ?? [];
    if (!Array.isArray(entries)) throw unreadable(`${list} is not a list`);
    for (const [index, it] of (entries as readonly (Fields | null)[]).entries()) {
      const { name: own, [key]: fields } = it ?? {};
      if (typeof own !== "string" && typeof own !== "number") throw unreadable(`${list}[${index}] has no name`);
      if (!all[list].has(String(own))) all[list].set(String(own), withAbsolutePaths((fields ?? {}) as Fields, folder));
    }
  }
  const current = config["current-context"];
  // kubectl leaves an empty text where no context is chosen.
  if (typeof current === "string" && current !== "") all.current ??= current;
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
  // An empty file is one without entries.
  if (typeof (config ?? {}) !== "object" || Array.isArray(config)) throw unreadable("it has no fields");
  return (config ?? {}) as Fields;
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
