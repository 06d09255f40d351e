import { integer, text } from "../env";
import { listen } from "../http";
import { jsonLog } from "../log";
import { onStopSignal, runMain } from "../program";
import { stubHandler } from "./server";

/** Starts the LLM stub: `STUB_PORT` (8080; 0 lets the system choose), `STUB_LATENCY_MS` (0), `STUB_MODELS` (`a/b,c/d`). */
runMain("llm-stub", async () => {
  const port = integer(process.env, "STUB_PORT") ?? 8080;
  const latencyMs = integer(process.env, "STUB_LATENCY_MS", 600_000) ?? 0;
  const log = jsonLog("llm-stub");
  const { port: chosen } = await listen(port, stubHandler(latencyMs, text(process.env, "STUB_MODELS")?.split(",")));
  onStopSignal(async (signal) => log.info("stopped", { signal }));
  log.info("listening", { port: chosen, latencyMs });
});
