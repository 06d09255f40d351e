/** Where a tool came from, in the order in which the sources are asked. */
export type Origin = "path" | "release" | "go" | "package";

/** One program, or a family built together, that the sandbox or the Pulumi wrapper needs. */
export interface Tool {
  /** Also the name of its folder in the cache: `kubernetes`. */
  readonly name: string;
  readonly version: string;
  /** Its use, as `npm run doctor` shows it. */
  readonly purpose: string;
  readonly binaries: readonly string[];
  readonly path?: PathSource;
  readonly release?: ReleaseSource;
  readonly go?: GoSource;
  readonly package?: PackageSource;
}

/** Already on the machine, in a version that fits. */
export interface PathSource {
  /** Arguments that make the first binary print its version; absent where it cannot say one: any fits. */
  readonly versionArgs?: readonly string[];
  readonly atLeast?: string;
  /** First version that no longer fits. */
  readonly below?: string;
  /** Folders to search after PATH. */
  readonly folders?: readonly string[];
}

/** The project's own download: one archive, or one file a binary. */
export interface ReleaseSource {
  /** `{binary}` and `{arch}` (`amd64` or `arm64`) are filled in. */
  readonly url: string;
  /** Path of a binary inside the archive, `{binary}` filled in; absent: the download is the binary. */
  readonly member?: string;
}

/** Built from one of our Go modules, which pin it, under `modules`. */
export interface GoSource {
  /** Its folder; tools of one module share its packages, each compiled once. Default: the tool's name. */
  readonly module?: string;
  /** What `go build` is given: `tool` stands for the module's tool lines. */
  readonly packages: readonly string[];
  /** What `go build` calls its products, where that is not the binary's name: `{server: "etcd"}`. */
  readonly rename?: Readonly<Record<string, string>>;
  readonly ldflags?: string;
}

/** The distribution's package, unpacked into the cache; the machine's own package set stays as it is. */
export interface PackageSource {
  readonly debian: string;
  /** Folder of the binaries inside the package. */
  readonly folder: string;
  /** Folder of a binary that is elsewhere: `{dockerd: "usr/sbin"}`. */
  readonly folders?: Readonly<Record<string, string>>;
  /** What the package calls a binary, where that is another name: `{iptables: "iptables-nft"}`. */
  readonly rename?: Readonly<Record<string, string>>;
  /** Folders inside the package that its programs look for, by the variable that names them; `{triplet}` is filled in. */
  readonly lookIn?: Readonly<Record<string, string>>;
}

/** A tool that is there: every binary by its absolute path. */
export interface InstalledTool {
  readonly version: string;
  readonly origin: Origin;
  readonly binaries: Readonly<Record<string, string>>;
  /** The programs themselves, where `binaries` are start scripts for them; else the same. */
  readonly programs: Readonly<Record<string, string>>;
  /** Folders of shared libraries that came with its package. */
  readonly libraryFolders: readonly string[];
}

/** Where a source puts what it makes: an empty folder that is published only when it is whole. */
export interface Build {
  readonly folder: string;
  /** Where the tool's folder will stand in the end; for files that must name it. */
  readonly finalFolder: string;
  readonly signal?: AbortSignal;
  /** Shows how far it is. */
  readonly detail: (text: string) => void;
}

/** What a source made, by absolute path below {@link Build.folder}, and its version where that is another than was asked for. */
export type Built = Pick<InstalledTool, "binaries"> & Partial<Pick<InstalledTool, "programs" | "version">>;

/** Why a source did not give the tool, in one line. */
export class Refusal extends Error {
  override readonly name = "Refusal";
}

/** The first thing in a text that looks like a version: `v1.34.4` gives `1.34.4`. */
export function firstVersion(text: string): string | undefined {
  return /\d+\.\d+(?:\.\d+)?/.exec(text)?.[0];
}

/** Whether a version is older than another. */
export function isOlder(version: string, than: string): boolean {
  return version.localeCompare(than, "en", { numeric: true }) < 0;
}
