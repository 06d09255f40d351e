/** Longest name of a model that is believed, in characters. */
const longest = 256;

export function isName(text: string): boolean {
  return text.length > 0 && text.length <= longest && !/[\u0000-\u001f\u007f-\u009f]/.test(text);
}
