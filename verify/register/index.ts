export type * from "./event";
export { duration } from "./duration";
export { judgeRegister } from "./judge";
export { pinLifetime } from "./lifetime";
export { registerEvents } from "./register-events";
