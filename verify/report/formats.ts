import { ctrf } from "./ctrf";
import type { ReportFormat } from "./format";
import { html } from "./html";
import { json } from "./json";
import { junit } from "./junit";

export const reportFormats: readonly ReportFormat[] = [json, junit, ctrf, html];
