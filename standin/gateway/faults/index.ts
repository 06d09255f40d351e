import { cacheFaults } from "./cache";
import type { Fault } from "./fault";
import { lifetimeFaults } from "./lifetime";
import { sessionFaults } from "./session";
import { traceFaults } from "./trace";
import { valueFaults } from "./value";
import { writeFaults } from "./write";

export type { Fault, FaultContext } from "./fault";

/** The gateway without a bug. */
export const noFault: Fault = { name: "none", imitates: "a gateway that keeps the contract", caughtBy: [] };

/** Every fault mode, `none` first: what it imitates and which checks of the verifier must name it. */
export const faults: readonly Fault[] = [
  noFault,
  ...cacheFaults,
  ...writeFaults,
  ...sessionFaults,
  ...lifetimeFaults,
  ...valueFaults,
  ...traceFaults,
];

/** @returns `undefined` for a name that is not in the table */
export function findFault(name: string): Fault | undefined {
  return faults.find((fault) => fault.name === name);
}
