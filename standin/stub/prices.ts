/**
 * A price list in the form of https://models.dev/api.json, in dollars per million tokens, in which all models cost the
 * same. With real prices a routing budget of 0 does not hold a session: a change to a model whose full price is below
 * the cached price of the session's own is free (Plano 0.4.28 and later), e.g. from gpt-5.2 to gpt-4o-mini.
 *
 * @param models names with their providers: `openai/gpt-5.2`
 */
export function priceList(models: readonly string[]): Readonly<Record<string, { readonly models: Record<string, object> }>> {
  const list: Record<string, { models: Record<string, object> }> = {};
  for (const name of models) {
    const [provider = "", ...rest] = name.split("/");
    const { models: priced } = (list[provider] ??= { models: {} });
    priced[rest.join("/")] = { cost: { input: 1, output: 1, cache_read: 0.1 } };
  }
  return list;
}
