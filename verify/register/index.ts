export * from "./event";
export { judgeRegister } from "./judge";
