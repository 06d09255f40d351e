import { condition, sayingOf } from "../objects";
import { ready, waiting, type ReadinessRule } from "./readiness";

/** The autoscaler has found what it scales. Its metrics may come later: a fresh cluster has none for a minute. */
export const autoscaler: ReadinessRule = {
  timeoutSeconds: 120,
  async check(object) {
    const able = condition(object, "AbleToScale");
    if (able === undefined) return waiting("the controller has not looked at it yet");
    return able["status"] === "True" ? ready("able to scale") : waiting(`not able to scale: ${sayingOf(able)}`);
  },
};
