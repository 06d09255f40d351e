import type { FaultName } from "../../fault-names";
import { anchorFaults } from "./anchors";
import type { Bug } from "./fault";
import { sessionFaults } from "./session";
import { lifetimeFaults, storageFaults } from "./storage";
import { traceFaults, valueFaults } from "./value";

/** Every value of `STANDIN_FAULT`. */
export const faults: { readonly [name in FaultName]: Bug } = {
  none: { imitates: "a gateway that keeps the contract" },
  ...storageFaults,
  ...sessionFaults,
  ...lifetimeFaults,
  ...valueFaults,
  ...traceFaults,
  ...anchorFaults,
};
