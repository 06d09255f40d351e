/** An image of one layer, made from files of this machine instead of a registry's. */
export interface ImageDefinition {
  /** Short name: `redis`. */
  readonly name: string;
  /** Programs of this machine, each with the shared libraries it loads: path in the image → path here. */
  readonly programs: Readonly<Record<string, string>>;
  /** Other files: path in the image → path here. */
  readonly files?: Readonly<Record<string, string>>;
  readonly entrypoint: readonly string[];
  readonly cmd?: readonly string[];
  /** `uid:gid`. */
  readonly user: string;
  readonly workdir?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Folders in which packages brought shared libraries along. */
  readonly libraryFolders?: readonly string[];
}

/** An image as a file, ready to be imported by any container engine. */
export interface ImageArchive {
  /** Name and content-addressed tag. */
  readonly reference: string;
  /** A docker-archive. */
  readonly file: string;
}
