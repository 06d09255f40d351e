import { readdirSync, readFileSync } from "node:fs";
import { extname, join } from "node:path";
import ts from "typescript";
import { project } from "./markdown";
import { firstLineOf, wordsIn } from "./troubleshooting-text";

/** A text that a program may print: its first line, with `…` for what is only known when it runs. */
export interface SourceText {
  /** File and line. */
  readonly where: string;
  readonly text: string;
  /** It tells somebody that something is wrong, so that a page has to explain it. */
  readonly isMessage: boolean;
}

/** Functions that take what is wrong in words, and at which place. */
const tellers: ReadonlyMap<string, number> = new Map([
  ["add", 1],
  ["bad", 0],
  ["breakOff", 0],
  ["explainKind", 0],
  ["explainPush", 0],
  ["fail", 0],
  ["failure", 0],
  ["found", 1],
  ["obstacle", 1],
  ["other", 0],
  ["refuse", 1],
  ["unknown", 0],
  ["unusable", 0],
  ["violate", 1],
  ["warning", 1],
  ["withSubject", 0],
]);

/** Fields that say in words what is wrong. */
const fields: readonly string[] = ["reason", "summary", "why"];

/** Files whose functions return what is wrong in words. */
const returning =
  /^(settings\/|clusters\/choose|clusters\/kind\/(explain|ports)|images\/(docker-error|registry-login)|soak\/verdict|status\/stack|verify\/(checks\/(redis\/problems|traces\/judge|trial\/judge-trial)|cli\/wanted-reports|common\/connection-problem|redis\/(memory|problem)|register\/blame|targets\/pods))\b/;

/** Folders of the programs, without their tests. What monitoring says is in alerts. */
const rooms = readdirSync(project, { withFileTypes: true }).filter(
  (it) => it.isDirectory() && !/^(\.|(coverage|dist|docs|monitoring|node_modules|reports|test)$)/.test(it.name),
);

/** No message is as long; pages and scripts that programs write are. */
const mostLetters = 400;

/** Every text of the programs. */
export function readSources(): SourceText[] {
  const files = rooms.flatMap(({ name }) =>
    readdirSync(join(project, name), { recursive: true, encoding: "utf8" }).map((path) => `${name}/${path}`),
  );
  const parsed = ["index.ts", ...files]
    .filter((path) => [".ts", ".mjs", ".cjs"].includes(extname(path)))
    .map((path) => ts.createSourceFile(path, readFileSync(join(project, path), "utf8"), ts.ScriptTarget.Latest, true));
  const errors = errorClasses(parsed);
  return parsed.flatMap((file) => textsOf(file, errors));
}

/** Classes of errors, and at which place their constructors take the message; undefined where they make it themselves. */
function errorClasses(files: readonly ts.SourceFile[]): ReadonlyMap<string, number | undefined> {
  const all = new Map<string, number | undefined>([
    ["Error", 0],
    ["RangeError", 0],
    ["TypeError", 0],
    ["pulumi.RunError", 0],
  ]);
  const bases = new Map<string, ts.ClassDeclaration>();
  const visit = (node: ts.Node): void => {
    if (ts.isClassDeclaration(node) && node.name !== undefined) bases.set(node.name.text, node);
    ts.forEachChild(node, visit);
  };
  files.forEach(visit);
  const isError = (name: string): boolean => {
    const base = bases.get(name)?.heritageClauses?.[0]?.types[0]?.expression.getText();
    return base !== undefined && (all.has(base) || isError(base));
  };
  for (const [name, declaration] of bases) if (isError(name)) all.set(name, messageAt(declaration));
  return all;
}

function messageAt(declaration: ts.ClassDeclaration): number | undefined {
  const constructor = declaration.members.find(ts.isConstructorDeclaration);
  if (constructor === undefined) return 0;
  const passed = /\bsuper\((\w+)[,)]/.exec(constructor.getText())?.[1];
  const index = constructor.parameters.findIndex(({ name }) => name.getText() === passed);
  return index < 0 ? undefined : index;
}

function textsOf(file: ts.SourceFile, errors: ReadonlyMap<string, number | undefined>): SourceText[] {
  const found: SourceText[] = [];
  const add = (node: ts.Node, isMessage: boolean): void => {
    const where = `${file.fileName}:${file.getLineAndCharacterOfPosition(node.getStart()).line + 1}`;
    for (const text of evaluate(node, file).map(firstLineOf)) {
      if (wordsIn(text) > 0 && text.length <= mostLetters) found.push({ where, text, isMessage: isMessage && isSentence(text) });
    }
  };
  const visit = (node: ts.Node): void => {
    const told = messageIn(node, file, errors);
    if (told !== undefined) add(told, true);
    else if (isText(node) || isSum(node)) add(node, false);
    ts.forEachChild(node, visit);
  };
  visit(file);
  return found;
}

/** The expression by which a node says that something is wrong. */
function messageIn(
  node: ts.Node,
  file: ts.SourceFile,
  errors: ReadonlyMap<string, number | undefined>,
): ts.Expression | undefined {
  if (ts.isNewExpression(node)) {
    const at = errors.get(node.expression.getText());
    return at === undefined ? undefined : node.arguments?.[at];
  }
  if (ts.isCallExpression(node)) {
    if (node.expression.kind === ts.SyntaxKind.SuperKeyword) {
      return isIn(errors, node) ? node.arguments[0] : undefined;
    }
    const name = ts.isPropertyAccessExpression(node.expression) ? node.expression.name.text : node.expression.getText();
    const at = tellers.get(name);
    const passes = node.arguments[0] !== undefined && ts.isStringLiteral(node.arguments[0]) && node.arguments[0].text === "pass";
    return at === undefined || passes ? undefined : node.arguments[Math.min(at, node.arguments.length - 1)];
  }
  if (ts.isPropertyAssignment(node) && fields.includes(node.name.getText())) {
    return /\bverdict: "pass"/.test(node.parent.getText()) ? undefined : node.initializer;
  }
  if (ts.isShorthandPropertyAssignment(node) && fields.includes(node.name.text)) return node.name;
  if (!returning.test(file.fileName)) return undefined;
  if (ts.isReturnStatement(node)) return node.expression;
  if (!ts.isArrowFunction(node) || ts.isBlock(node.body)) return undefined;
  return ts.isPropertyAssignment(node.parent) && node.parent.name.getText() === "remedy" ? undefined : node.body;
}

/** Whether the node is in the class of an error. */
function isIn(errors: ReadonlyMap<string, number | undefined>, node: ts.Node): boolean {
  for (let scope = node.parent; !ts.isSourceFile(scope); scope = scope.parent) {
    if (ts.isClassDeclaration(scope)) return errors.has(scope.name?.text ?? "");
  }
  return false;
}

/** A word alone is a value, and what begins with a command is a remedy. */
function isSentence(text: string): boolean {
  return text.includes(" ") && !text.startsWith("pulumi config ");
}

/** The whole of texts that are put together by `+`. */
function isSum(node: ts.Node): boolean {
  return (
    ts.isBinaryExpression(node) && node.operatorToken.kind === ts.SyntaxKind.PlusToken && !ts.isBinaryExpression(node.parent)
  );
}

function isText(node: ts.Node): boolean {
  return ts.isStringLiteral(node) || ts.isNoSubstitutionTemplateLiteral(node) || ts.isTemplateExpression(node);
}

/** What an expression may be as a text. */
function evaluate(node: ts.Node, file: ts.SourceFile): string[] {
  if (ts.isStringLiteral(node) || ts.isNoSubstitutionTemplateLiteral(node)) return [node.text];
  if (ts.isTemplateExpression(node)) {
    const spans = node.templateSpans.map(({ expression, literal }) => only(evaluate(expression, file)) + literal.text);
    return [node.head.text + spans.join("")];
  }
  if (ts.isParenthesizedExpression(node) || ts.isSpreadElement(node)) return evaluate(node.expression, file);
  if (ts.isConditionalExpression(node)) return [node.whenTrue, node.whenFalse].flatMap((it) => evaluate(it, file));
  if (ts.isBinaryExpression(node)) {
    if (node.operatorToken.kind === ts.SyntaxKind.QuestionQuestionToken)
      return [node.left, node.right].flatMap((it) => evaluate(it, file));
    if (node.operatorToken.kind !== ts.SyntaxKind.PlusToken) return ["…"];
    return [only(evaluate(node.left, file)) + only(evaluate(node.right, file))];
  }
  if (ts.isCallExpression(node)) return evaluateCall(node, file);
  if (ts.isArrayLiteralExpression(node)) return node.elements.flatMap((it) => evaluate(it, file));
  if (ts.isIdentifier(node)) return evaluateName(node, file);
  return ["…"];
}

function evaluateCall(node: ts.CallExpression, file: ts.SourceFile): string[] {
  if (["oneLine", "String"].includes(node.expression.getText()) && node.arguments[0] !== undefined) {
    return evaluate(node.arguments[0], file);
  }
  if (!ts.isPropertyAccessExpression(node.expression)) return ["…"];
  const { name, expression } = node.expression;
  if (["trim", "trimEnd"].includes(name.text)) return evaluate(expression, file);
  const [head] = ts.isArrayLiteralExpression(expression) ? expression.elements : [];
  if (name.text !== "join" || head === undefined || ts.isSpreadElement(head)) return ["…"];
  return [`${only(evaluate(head, file))}${node.arguments[0]?.getText() === '"\\n"' ? "\n" : "…"}`];
}

/** A constant's text: the nearest one above that has the name. */
function evaluateName(name: ts.Identifier, file: ts.SourceFile): string[] {
  for (let scope: ts.Node = name.parent; scope !== file.parent; scope = scope.parent) {
    if (ts.isFunctionLike(scope) && scope.parameters.some((it) => it.name.getText() === name.text)) return ["…"];
    const statements = ts.isBlock(scope) || ts.isSourceFile(scope) || ts.isCaseClause(scope) ? scope.statements : [];
    for (const statement of statements) {
      if (!ts.isVariableStatement(statement) || (statement.declarationList.flags & ts.NodeFlags.Const) === 0) continue;
      const found = statement.declarationList.declarations.find((it) => it.name.getText() === name.text);
      if (found?.initializer !== undefined)
        return ts.isArrowFunction(found.initializer) ? ["…"] : evaluate(found.initializer, file);
    }
  }
  return ["…"];
}

/** A part of a text: its only form, or a variable. */
function only(texts: readonly string[]): string {
  return texts.length === 1 ? (texts[0] ?? "…") : "…";
}
