/** An element of a parsed XML document; text between elements is left out. */
export interface Element {
  readonly name: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly children: readonly Element[];
}

interface Rule {
  /** Attributes and what their values look like. */
  readonly required: Readonly<Record<string, RegExp>>;
  readonly optional?: Readonly<Record<string, RegExp>>;
  /** Names of the children, each followed by a space. */
  readonly children: RegExp;
}

const text = /^/;
const token = /^\S+( \S+)*$/;
const whole = /^\d+$/;
const seconds = /^\d+\.\d{3}$/;
const moment = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d$/;
const outcome: Rule = { required: { type: text }, optional: { message: text }, children: /^$/ };

/**
 * What both well-known schemas allow: junit-10.xsd of Jenkins' xunit plugin and Ant's JUnit.xsd. The totals of
 * `testsuites` are Jenkins' only.
 */
const rules: Readonly<Record<string, Rule>> = {
  testsuites: {
    required: { name: text, tests: whole, failures: whole, errors: whole, time: seconds },
    children: /^(testsuite )*$/,
  },
  testsuite: {
    required: {
      name: token,
      package: token,
      id: whole,
      timestamp: moment,
      hostname: token,
      tests: whole,
      failures: whole,
      errors: whole,
      time: seconds,
    },
    optional: { skipped: whole },
    children: /^properties (testcase )*system-out system-err $/,
  },
  properties: { required: {}, children: /^(property )*$/ },
  property: { required: { name: token, value: text }, children: /^$/ },
  testcase: { required: { classname: token, name: token, time: seconds }, children: /^((error|failure|skipped) )?$/ },
  failure: outcome,
  error: outcome,
  skipped: { required: {}, optional: { message: text }, children: /^$/ },
  "system-out": { required: {}, children: /^$/ },
  "system-err": { required: {}, children: /^$/ },
};

/** Everything that the schemas do not allow, and every count that is not that of the elements. */
export function violationsOf(element: Element): string[] {
  const rule = rules[element.name];
  if (rule === undefined) return [`there is no element ${element.name}`];
  const { required, optional = {}, children } = rule;
  const found = Object.entries(element.attributes).flatMap(([name, value]) => {
    const pattern = required[name] ?? optional[name];
    if (pattern === undefined) return [`${element.name} has no attribute ${name}`];
    return pattern.test(value) ? [] : [`${element.name} ${name} is "${value}"`];
  });
  const missing = Object.keys(required).filter((name) => element.attributes[name] === undefined);
  const names = element.children.map((child) => `${child.name} `).join("");
  return [
    ...found,
    ...missing.map((name) => `${element.name} lacks the attribute ${name}`),
    ...(children.test(names) ? [] : [`${element.name} holds ${names}`]),
    ...countsOf(element),
    ...element.children.flatMap(violationsOf),
  ];
}

function countsOf({ name, attributes, children }: Element): string[] {
  if (name !== "testsuites" && name !== "testsuite") return [];
  const cases =
    name === "testsuite"
      ? children.filter((it) => it.name === "testcase")
      : children.flatMap((it) => it.children).filter((it) => it.name === "testcase");
  const of = (outcome: string): number => cases.filter((it) => it.children.some((child) => child.name === outcome)).length;
  const counted = {
    tests: cases.length,
    failures: of("failure"),
    errors: of("error"),
    ...(name === "testsuite" ? { skipped: of("skipped") } : {}),
  };
  return Object.entries(counted).flatMap(([key, count]) =>
    attributes[key] === String(count) ? [] : [`${name} says ${key} ${attributes[key]}, there are ${count}`],
  );
}
