/** Where a source puts what it makes: an empty folder that is published only when it is whole. */
export interface Build {
  readonly folder: string;
  /** Where the tool's folder will stand in the end; for files that must name it. */
  readonly finalFolder: string;
  readonly signal?: AbortSignal;
  /** Shows what it is at. */
  readonly detail: (text: string) => void;
}

/** What a source made, by absolute path below {@link Build.folder}. */
export interface Built {
  /** What to start, by name. */
  readonly binaries: Readonly<Record<string, string>>;
  /** The programs behind start scripts, where they differ from `binaries`. */
  readonly programs?: Readonly<Record<string, string>>;
}
