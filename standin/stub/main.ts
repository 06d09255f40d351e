import { EnvReader } from "../env";
import { listen } from "../http";
import { jsonLog } from "../log";
import { onStopSignal } from "../shutdown";
import { runMain } from "../startup-error";
import { stubHandler } from "./server";

/** Starts the LLM stub: `STUB_PORT` (8080; 0 lets the system choose), `STUB_LATENCY_MS` (0). */
async function main(): Promise<void> {
  const env = new EnvReader(process.env);
  const port = env.port("STUB_PORT") ?? 8080;
  const latencyMs = env.optionalInteger("STUB_LATENCY_MS", 0, 600_000) ?? 0;
  env.check();

  const log = jsonLog("llm-stub");
  const { port: chosen } = await listen(port, stubHandler(latencyMs));
  onStopSignal(async (signal) => log.info("stopped", { signal }));
  log.info("listening", { port: chosen, latencyMs });
}

runMain("llm-stub", main);
