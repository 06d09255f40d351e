import { look } from "./status/look";
import { renderStatus } from "./status/screen";
import { nothingUp, stackOfCheckout } from "./status/stack";
import { interruption, runTask, UserError } from "./main";

/** `npm run status`: the stack of this checkout on one screen. Changes nothing, and never builds a tool. */
runTask(async (args) => {
  if (args.length > 0) throw new UserError("npm run status takes no options; PULUMI_STACK names another stack than dev");
  const signal = interruption();
  const { name, stack, where } = await stackOfCheckout(signal);
  const kubeconfig = stack?.outputs.kubeconfig;
  if (stack === undefined || kubeconfig === undefined) throw new UserError(nothingUp(name, where, stack));
  const screen = await look(stack, kubeconfig, signal);
  const tables = process.stdout.isTTY === true;
  const color = tables && (process.env.NO_COLOR ?? "") === "";
  process.stdout.write(`${renderStatus(screen, { color, tables })}\n`);
  return 0;
});
