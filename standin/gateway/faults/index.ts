import { type FaultName, faultNames } from "../../fault-names";
import type { Bug, Fault } from "./fault";
import { lifetimeFaults } from "./lifetime";
import { sessionFaults } from "./session";
import { storageFaults } from "./storage";
import { traceFaults, valueFaults } from "./value";

export type { Fault } from "./fault";

const bugs: { readonly [name in FaultName]: Bug } = {
  none: { imitates: "a gateway that keeps the contract", caughtBy: [] },
  ...storageFaults,
  ...sessionFaults,
  ...lifetimeFaults,
  ...valueFaults,
  ...traceFaults,
};

export const faultNamed = (name: FaultName): Fault => ({ name, ...bugs[name] });

/** Every fault, `none` first: what it imitates and which checks of the verifier must name it. */
export const faults: readonly Fault[] = faultNames.map(faultNamed);

export const findFault = (name: string): Fault | undefined => faults.find((fault) => fault.name === name);
