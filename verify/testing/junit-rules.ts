/** An element of a parsed XML document; text between elements is left out. */
export interface Element {
  readonly name: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly children: readonly Element[];
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

/** Everything that the schemas do not allow, and every count that is not that of the elements. */
export function violationsOf(element: Element): string[] {
  const { name, attributes, children } = element;
  const rule = rules[name];
  if (rule === undefined) return [`there is no element ${name}`];
  const [required, optional, order] = rule;
  const names = children.map((child) => `${child.name} `).join("");
  return [
    ...Object.entries(attributes).flatMap(([key, value]) => {
      const pattern = required[key] ?? optional[key] ?? /$^/;
      return pattern.test(value) ? [] : [`${name} must not have ${key}="${value}"`];
    }),
    ...Object.keys(required).flatMap((key) => (attributes[key] === undefined ? [`${name} lacks the attribute ${key}`] : [])),
    ...(order.test(names) ? [] : [`${name} holds ${names}`]),
    ...(name.startsWith("testsuite") ? countsOf(element) : []),
    ...children.flatMap(violationsOf),
  ];
}

function countsOf({ name, attributes, children }: Element): string[] {
  const inside = name === "testsuite" ? children : children.flatMap((suite) => suite.children);
  const cases = inside.filter((child) => child.name === "testcase");
  const of = (kind: string): number => cases.filter((one) => one.children.some((child) => child.name === kind)).length;
  const counted = { tests: cases.length, failures: of("failure"), errors: of("error"), skipped: of("skipped") };
  return Object.entries(counted).flatMap(([key, count]) => {
    const said = attributes[key];
    return said === undefined || said === String(count) ? [] : [`${name} says ${key} ${said}, there are ${count}`];
  });
}
