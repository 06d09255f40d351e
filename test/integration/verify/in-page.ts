/** Expressions that are evaluated in the page; they are text, for this project's types know no document. */

/** What `to` says of each element, which it calls `it`. */
export const each = (selector: string, to: string): string =>
  `[...document.querySelectorAll(${JSON.stringify(selector)})].map((it) => ${to})`;

/** Folds everything out. */
export const openAll = `document.querySelectorAll("details").forEach((details) => { details.open = true; })`;

/** Elements that stick out of the page to the right, but for what scrolls by itself. */
export const sticksOut = `(() => {
  const width = document.documentElement.clientWidth;
  const page = document.documentElement.scrollWidth > width ? ["the page, " + document.documentElement.scrollWidth] : [];
  const elements = [...document.querySelectorAll("body *")].filter((element) => {
    const box = element.getBoundingClientRect();
    return box.width > 0 && box.right > width + 0.5 && element.closest(".wide, .spoken, thead") === null;
  });
  return [...page, ...elements.map((element) => element.tagName + " " + element.textContent.slice(0, 40))];
})()`;

/** Functions for contrast, by WCAG 2: colours as the browser has computed them, over all grounds behind a text. */
const colours = `
  const parse = (text) => {
    const numbers = (text.match(/-?[\\d.]+(?:e-?\\d+)?/g) ?? []).map(Number);
    if (text.startsWith("color(srgb")) return [...numbers.slice(0, 3).map((it) => it * 255), numbers[3] ?? 1];
    if (text.startsWith("rgb")) return [...numbers.slice(0, 3), numbers[3] ?? 1];
    throw new Error("a colour that is not understood: " + text);
  };
  const over = ([r, g, b, a], [r2, g2, b2]) => [r * a + r2 * (1 - a), g * a + g2 * (1 - a), b * a + b2 * (1 - a), 1];
  const light = (colour) => {
    const [r, g, b] = colour.slice(0, 3).map((it) => it / 255).map((it) => (it <= 0.04045 ? it / 12.92 : ((it + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const contrast = (a, b) => (Math.max(light(a), light(b)) + 0.05) / (Math.min(light(a), light(b)) + 0.05);
  const groundOf = (element) => {
    const behind = [];
    for (let at = element; at !== null; at = at.parentElement) behind.push(parse(getComputedStyle(at).backgroundColor));
    return behind.reverse().reduce((below, colour) => over(colour, below), [255, 255, 255, 1]);
  };`;

/** Every visible text whose contrast is lower; a page with hardly a text is not what was meant. */
export const textsBelow = (least: number): string => `(() => {
  ${colours}
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  const found = [];
  for (let node = walker.nextNode(); node !== null; node = walker.nextNode()) {
    const element = node.parentElement;
    if (node.data.trim() === "" || element.closest(".spoken, svg, style") !== null) continue;
    if (!element.checkVisibility({ visibilityProperty: true, opacityProperty: true })) continue;
    const ground = groundOf(element);
    const ink = over(parse(getComputedStyle(element).color), ground);
    found.push({ text: node.data.trim().slice(0, 40), contrast: contrast(ink, ground) });
  }
  return found.length > 20 ? found.filter((it) => it.contrast < ${least}) : ["only " + found.length + " texts"];
})()`;

/** Every drawn shape that means something whose contrast against the page is lower. */
export const shapesBelow = (least: number): string => `(() => {
  ${colours}
  return [...document.querySelectorAll("svg rect:not(.ground)")]
    .map((rect) => ({ text: rect.getAttribute("class") ?? "bar", contrast: contrast(parse(getComputedStyle(rect).fill), groundOf(rect.closest("svg").parentElement)) }))
    .filter((it) => it.contrast < ${least});
})()`;

/** The matrix as text, without what is for screen readers only. */
export const matrix = `[...document.querySelectorAll(".matrix tr")].map((row) =>
  [...row.children].map((cell) => {
    const seen = cell.cloneNode(true);
    seen.querySelectorAll(".spoken").forEach((it) => it.remove());
    return seen.textContent.replace(/\\s+/g, " ").trim();
  }))`;

/** Names of elements and of attributes that could load, run or send anything. */
export const dangers = `(() => {
  const elements = [...document.querySelectorAll("script, img, iframe, object, embed, audio, video, form, base, a[href]")];
  const attributes = [...document.querySelectorAll("*")].flatMap((element) =>
    [...element.attributes].filter(({ name }) => /^on|^style$|^srcdoc$|^formaction$/.test(name)).map(({ name }) => name));
  return [...elements.map(({ tagName }) => tagName), ...attributes, ...(globalThis.hit === undefined ? [] : ["it ran"])];
})()`;
