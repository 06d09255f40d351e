import pc from "picocolors";
import { look, lookAtPins } from "./status/look";
import { pinsNote, renderPins } from "./status/pins";
import type { Mood } from "./status/rows";
import { nothingUp, settingOf, stackOfCheckout } from "./status/stack";
import { interruption, runTask, UserError } from "./main";

/** `npm run status [-- --pins]`: the stack of this checkout on one screen, or its pins. Changes nothing, and never builds a tool. */
runTask(async (args) => {
  const unknown = args.filter((it) => it !== "--pins");
  if (unknown.length > 0)
    throw new UserError(
      `npm run status does not know ${unknown.join(" ")}; it takes --pins, and PULUMI_STACK names another stack than dev`,
    );
  const signal = interruption();
  const { name, stack, where } = await stackOfCheckout(signal);
  const kubeconfig = stack?.outputs.kubeconfig;
  if (stack === undefined || kubeconfig === undefined) throw new UserError(nothingUp(name, where, stack));
  const isTerminal = process.stdout.isTTY === true;
  if (args.length > 0) {
    const pins = await lookAtPins(stack, kubeconfig, signal);
    process.stdout.write(`${renderPins(pins, isTerminal)}\n`);
    // Beside the list: other programs read that.
    process.stderr.write(`${pinsNote(pins, settingOf(stack, "tenantHeader"))}\n`);
    return 0;
  }
  const { green, red, yellow } = pc.createColors(isTerminal && (process.env.NO_COLOR ?? "") === "");
  const paint = { good: green, bad: red, odd: yellow, plain: String } satisfies Record<Mood, (text: string) => string>;
  for (const [label, text, mood] of await look(stack, kubeconfig, signal))
    process.stdout.write(`${label.padEnd(11)} ${paint[mood](text)}\n`);
  return 0;
});
