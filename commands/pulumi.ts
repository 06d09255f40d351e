import { streamProgress } from "../lib/progress";
import { interruption, runTask } from "./main";
import { pulumiEnvironment, runPulumi } from "./pulumi-environment";

/** `npm run pulumi -- …`: Pulumi itself, found or built, with the checkout's own backend where none was chosen. */
runTask(async (args) => {
  const environment = await pulumiEnvironment(streamProgress(process.stderr), interruption());
  return runPulumi(environment, args);
});
