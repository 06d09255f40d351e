import { hostname } from "node:os";
import { type Env, EnvReader } from "../env";
import { faultNames } from "../fault-names";
import { faultNamed } from "./faults";

/** How the stand-in itself behaves, as opposed to what its `plano_config.yaml` says. */
export type GatewaySettings = ReturnType<typeof readSettings>;

/** @throws StartupError with every variable that is wrong */
export function readSettings(env: Env) {
  const reader = new EnvReader(env);
  const settings = {
    /** `STANDIN_FAULT`, default `none`. */
    fault: faultNamed(reader.oneOf("STANDIN_FAULT", faultNames)),
    configFile: reader.text("PLANO_CONFIG_FILE") ?? "/app/plano_config.yaml",
    /** Default: the listener's in the config. 0 lets the system choose, as with the metrics port. */
    port: reader.port("STANDIN_PORT"),
    metricsPort: reader.port("STANDIN_METRICS_PORT") ?? 9092,
    podName: reader.text("POD_NAME") ?? hostname(),
    /** Whether to connect to Redis again. Default false, as in Plano 0.4.27. */
    redisReconnect: reader.oneOf("STANDIN_REDIS_RECONNECT", ["false", "true"]) === "true",
    /** The Plano release to imitate. Default: 0.4.36 with a routing budget in the config, else 0.4.27. */
    release: reader.text("STANDIN_RELEASE"),
  };
  reader.check();
  return settings;
}
