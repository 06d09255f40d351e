import type { Check } from "../../run/check";
import { PinningTally } from "./tally";

/** Every session keeps one model on every replica, although its follow-ups would be routed elsewhere unpinned. */
export const pinning: Check = {
  id: "pinning",
  title: "Sessions keep their model on every replica",
  alwaysBegun: true,
  begin: async (run) => {
    const tally = new PinningTally();
    return {
      ended: (session, judgement, choice) => tally.add(session, judgement, choice),
      conclude: async () => {
        const { evidence, ...judged } = tally.conclude(run);
        return { ...judged, evidence: { ...evidence, latencies: run.asker.log.latencies() } };
      },
    };
  },
};
