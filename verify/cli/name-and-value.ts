/** `NAME=VALUE`; both are empty where there is no `=`. */
export function nameAndValue(text: string): { name: string; value: string } {
  const at = text.indexOf("=");
  return at < 0 ? { name: "", value: "" } : { name: text.slice(0, at).trim(), value: text.slice(at + 1).trim() };
}
