import type { RunContext } from "../run/context";
import { sessionPrefix } from "../run/session-prefix";
import { randomBytes } from "node:crypto";
import type { Played } from "../run/check";
import type { Disruptable } from "../targets/disruptable";
import type { Limits } from "./limits";
import { Pins } from "./pins";

/** What the events of one check share. */
export interface Stage {
  readonly run: RunContext;
  readonly disruptable: Disruptable;
  readonly pins: Pins;
  readonly limits: Limits;
  /** When the check began; times of events count from here. */
  readonly begunAt: number;
}

/** @param of tells the sessions of one check from those of the others, e.g. `faults-` */
export function setStage(run: RunContext, disruptable: Disruptable, { choice }: Played, limits: Limits, of: string): Stage {
  // A fixed prefix may meet pins of an earlier run, whose age nobody knows.
  const unique = run.options.sessionPrefix === undefined ? "" : `${randomBytes(3).toString("hex")}-`;
  const pins = new Pins(run, choice, `${sessionPrefix(run.options, of)}${unique}`);
  return { run, disruptable, pins, limits, begunAt: run.clock.now() };
}
