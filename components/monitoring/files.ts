import { stringify } from "yaml";
import { defaultWatched } from "./deployment";
import { dashboardFiles, operatorObjects, ruleGroups } from "./objects";

/** The files in `files/`, for those who do not run the stack: name → text. */
export function monitoringFiles(): { readonly [name: string]: string } {
  const yaml = (value: unknown): string => stringify(value, { lineWidth: 0 });
  return {
    "alerts.yaml": yaml(ruleGroups(defaultWatched)),
    "operator.yaml": operatorObjects(defaultWatched).map(yaml).join("---\n"),
    ...dashboardFiles(defaultWatched),
  };
}
