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

/** A route on offer. */
export interface OfferedRoute {
  readonly name: string;
  readonly description: string;
}

/**
 * The name of the route for a prompt; undefined when none fits. Between a quick route and a thorough one the kind of the
 * prompt decides. Among others it is the route that shares most words with the prompt, of those that no other route has.
 */
export function chooseRoute(prompt: string, offered: readonly OfferedRoute[]): string | undefined {
  const kind = classifyPrompt(prompt);
  if (kind === "none") return undefined;
  const [deep, fast] = (["deep", "fast"] as const).map((it) => offered.find(({ name }) => ROUTES_BY_KIND[it].test(name)));
  if (deep !== undefined && fast !== undefined && deep !== fast) return (kind === "deep" ? deep : fast).name;
  const own = offered.map(({ name, description }) => stemsOf(`${name} ${description}`));
  const scores = [...stemsOf(prompt)].flatMap((stem) => {
    const having = own.flatMap((stems, index) => (stems.has(stem) ? [index] : []));
    return having.length === 1 ? having : [];
  });
  const shared = (index: number): number => scores.filter((it) => it === index).length;
  const best = offered.map((_, index) => index).reduce((a, b) => (shared(b) > shared(a) ? b : a), 0);
  return shared(best) === 0 ? undefined : offered[best]?.name;
}

/** Words without what they end in, so that "summarise" and "summaries" are one. */
function stemsOf(text: string): Set<string> {
  const words = text.toLowerCase().match(/\p{L}{3,}/gu) ?? [];
  return new Set(words.map((it) => it.replace(/(ing|ings|ed|es|s|e|ion|ions|er|ers|ly|ies|y)$/, "")));
}
