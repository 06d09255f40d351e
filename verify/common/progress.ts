/** Tells what is being done. `done` and `total` count within the phase. */
export type Progress = (event: { readonly phase: string; readonly done?: number; readonly total?: number }) => void;
