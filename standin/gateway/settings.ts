import { hostname } from "node:os";
import { type Env, EnvReader } from "../env";
import { faultNames } from "../fault-names";
import { type Fault, faultNamed } from "./faults";

/** How the stand-in itself behaves, as opposed to what its `plano_config.yaml` says. */
export interface GatewaySettings {
  /** `PLANO_CONFIG_FILE`, default `/app/plano_config.yaml`. */
  readonly configFile: string;
  /** `STANDIN_PORT`, default the listener's in the config; 0 lets the system choose. */
  readonly port?: number;
  /** `STANDIN_METRICS_PORT`, default 9092; 0 lets the system choose. */
  readonly metricsPort: number;
  /** `POD_NAME`, default the host's name. */
  readonly podName: string;
  /** `STANDIN_REDIS_RECONNECT`: reconnect to Redis. Default false, as in Plano 0.4.27. */
  readonly redisReconnect: boolean;
  /** `STANDIN_RELEASE`: the Plano release to imitate. Default: 0.4.36 with a routing budget in the config, else 0.4.27. */
  readonly release: string | undefined;
  /** `STANDIN_FAULT`, default `none`. */
  readonly fault: Fault;
}

/** @throws StartupError with every variable that is wrong */
export function readSettings(env: Env): GatewaySettings {
  const reader = new EnvReader(env);
  const settings = {
    fault: faultNamed(reader.oneOf("STANDIN_FAULT", faultNames)),
    configFile: reader.text("PLANO_CONFIG_FILE") ?? "/app/plano_config.yaml",
    port: reader.port("STANDIN_PORT"),
    metricsPort: reader.port("STANDIN_METRICS_PORT") ?? 9092,
    podName: reader.text("POD_NAME") ?? hostname(),
    redisReconnect: reader.oneOf("STANDIN_REDIS_RECONNECT", ["false", "true"]) === "true",
    release: reader.text("STANDIN_RELEASE"),
  };
  reader.check();
  return settings;
}
