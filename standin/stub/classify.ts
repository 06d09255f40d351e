/** What kind of answer a prompt calls for, in the eyes of the stub. */
export type PromptKind = "deep" | "fast" | "none";

/** A greeting, thanks or farewell and little else: no route helps. */
const SMALL_TALK =
  /^\W*(hi|hello|hey|good (morning|afternoon|evening|night)|how are you|thanks|thank you|cheers|bye|goodbye)\b[\w\s,'!?.]{0,24}$/i;

/** Words that ask for reasoning. */
const DEEP = new RegExp(
  "\\b(prove|proof|deriv(e|ation)|analy[sz](e|ing|is)|design|architect(ure)?|trade-?offs?|debug(ging)?|diagnose|root cause" +
    "|compare|contrast|evaluate|critique|justify|optimi[sz]e|refactor|step[ -]by[ -]step|reason(ing)? (through|about)" +
    "|explain why|in depth|think (hard|carefully|deeply))\\b",
  "i",
);

/** Classifies a user's prompt by fixed rules, so that tests and proofs know the outcome beforehand. */
export function classifyPrompt(prompt: string): PromptKind {
  if (SMALL_TALK.test(prompt)) return "none";
  return DEEP.test(prompt) ? "deep" : "fast";
}

const ROUTES_BY_KIND = { deep: /deep|reason|complex|analy|expert/i, fast: /fast|quick|simple|short|fact/i } as const;

/** The name of the route for a prompt among those on offer; undefined when none fits. */
export function chooseRoute(prompt: string, offered: readonly string[]): string | undefined {
  const kind = classifyPrompt(prompt);
  return kind === "none" ? undefined : offered.find((name) => ROUTES_BY_KIND[kind].test(name));
}
