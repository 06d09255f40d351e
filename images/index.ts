export { buildInputs, type ImageTarget, standinSource } from "./build-inputs";
export { BuiltImage } from "./built-image";
export { bundleProgram } from "./bundled";
export { type ImageSource, planImages } from "./plan";
export { checkImages } from "./preflight";
