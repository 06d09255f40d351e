import type { FaultName } from "../../fault-names";
import type { Bug, Fault } from "./fault";
import { sessionFaults } from "./session";
import { lifetimeFaults, storageFaults } from "./storage";
import { traceFaults, valueFaults } from "./value";

export type { Fault } from "./fault";

const bugs: { readonly [name in FaultName]: Bug } = {
  none: { imitates: "a gateway that keeps the contract" },
  ...storageFaults,
  ...sessionFaults,
  ...lifetimeFaults,
  ...valueFaults,
  ...traceFaults,
};

export const faultNamed = (name: FaultName): Fault => ({ name, ...bugs[name] });
