/** Longest name of a model that is believed, in characters. */
const longest = 256;

/** Whether a text from outside can be a name: not empty, not endless, and without what a terminal takes for commands. */
export function isName(text: string): boolean {
  return text.length > 0 && text.length <= longest && !/[\u0000-\u001f\u007f-\u009f]/.test(text);
}
