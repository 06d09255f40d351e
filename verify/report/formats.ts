import type { ReportFormat } from "./format";
import { json } from "./json";

/** Every format that `--report FORMAT=PATH` knows. */
export const reportFormats: readonly ReportFormat[] = [json];
