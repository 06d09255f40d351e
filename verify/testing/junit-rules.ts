import assert from "node:assert/strict";

interface Element {
  readonly name: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly children: Element[];
}

/** Attributes that an element must have and may have, and the names of its children, each followed by a space. */
type Rule = readonly [required: Readonly<Record<string, RegExp>>, optional: Readonly<Record<string, RegExp>>, children: RegExp];

const text = /^/;
const token = /^\S+( \S+)*$/;
const whole = /^\d+$/;
const seconds = /^\d+\.\d{3}$/;
const moment = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d$/;
const counts = { tests: whole, failures: whole, errors: whole, time: seconds };
const named = { name: token, package: token, id: whole, timestamp: moment, hostname: token };
const outcome: Rule = [{ type: text }, { message: text }, /^$/];

/**
 * What both well-known schemas allow: junit-10.xsd of Jenkins' xunit plugin and Ant's JUnit.xsd. The totals of
 * `testsuites` are Jenkins' only.
 */
const rules: Readonly<Record<string, Rule>> = {
  testsuites: [{ name: text, ...counts }, {}, /^(testsuite )*$/],
  testsuite: [{ ...named, ...counts }, { skipped: whole }, /^properties (testcase )*system-out system-err $/],
  properties: [{}, {}, /^(property )*$/],
  property: [{ name: token, value: text }, {}, /^$/],
  testcase: [{ classname: token, name: token, time: seconds }, {}, /^((error|failure|skipped) )?$/],
  failure: outcome,
  error: outcome,
  skipped: [{}, { message: text }, /^$/],
  "system-out": [{}, {}, /^$/],
  "system-err": [{}, {}, /^$/],
};

/** Fails unless the text is well-formed XML that the schemas allow, and every count is that of the elements. */
export function assertIsJunit(xml: string): void {
  const root: Element = { name: "", attributes: {}, children: [] };
  const open = [root];
  for (const [, end, name = "", rest = "", single] of xml.matchAll(/<(\/?)([a-z][\w-]*)((?: [\w-]+="[^"<]*")*)(\/?)>/g)) {
    if (end === "/") {
      assert.equal(open.pop()?.name, name, "tags are nested");
      continue;
    }
    const pairs = [...rest.matchAll(/ ([\w-]+)="([^"]*)"/g)].map(([, key = "", value = ""]) => [key, value] as const);
    const element: Element = { name, attributes: Object.fromEntries(pairs), children: [] };
    open.at(-1)?.children.push(element);
    if (single === "") open.push(element);
  }
  assert.deepEqual([open.length, root.children.map(({ name }) => name)], [1, ["testsuites"]]);
  assert.doesNotMatch(xml.replace(/<\/?[a-z][^<>]*>|^<\?xml[^<>]*>/g, ""), /[<>]/, "there is nothing but elements and text");
  root.children.forEach(assertFollowsRule);
}

function assertFollowsRule({ name, attributes, children }: Element): void {
  const [required, optional, order] = rules[name] ?? assert.fail(`there is no element ${name}`);
  const known = { ...required, ...optional };
  for (const [key, value] of Object.entries(attributes)) assert.match(value, known[key] ?? /$^/, `${key} of ${name}`);
  for (const key of Object.keys(required)) assert.ok(key in attributes, `${name} lacks ${key}`);
  assert.match(children.map((child) => `${child.name} `).join(""), order);
  if (name.startsWith("testsuite")) {
    const inside = name === "testsuite" ? children : children.flatMap((suite) => suite.children);
    const cases = inside.filter((child) => child.name === "testcase");
    const of = (kind: string): number => cases.filter((one) => one.children.some((child) => child.name === kind)).length;
    const counted = { tests: cases.length, failures: of("failure"), errors: of("error"), skipped: of("skipped") };
    for (const [key, count] of Object.entries(counted)) assert.equal(attributes[key] ?? String(count), String(count), key);
  }
  children.forEach(assertFollowsRule);
}
