import assert from "node:assert/strict";
import { junit } from "../../../verify/report/junit";
import type { Report } from "../../../verify/report/report";
import { fullReport, hostile, hostileReport } from "../../../verify/testing/odd-reports";
import { emptyReport, failedReport, hugeReport, reportOf, smokeReport } from "../../../verify/testing/sample-reports";
import { desktop, StartedBrowser, type OpenPage } from "./browser";
import { violationsOf, type Element } from "./junit-rules";

const reports: Readonly<Record<string, Report>> = {
  passed: reportOf(),
  failed: failedReport(),
  full: fullReport(),
  hostile: hostileReport(),
  empty: emptyReport(),
  smoke: smokeReport(),
  huge: hugeReport(10_000, 1_500, 30),
};

/** A real XML parser: the browser's. */
describe("the JUnit report, parsed", function () {
  this.timeout(30_000);
  let browser: StartedBrowser;
  let opened: OpenPage;

  before(async function () {
    browser = await StartedBrowser.start(this);
    opened = await browser.open("<!doctype html><title>parser</title>", desktop);
  });
  after(async () => browser?.[Symbol.asyncDispose]());

  async function parse(report: Report): Promise<Element> {
    const xml = [...junit.render(report)].join("");
    return opened.evaluate<Element>(`(() => {
      const parsed = new DOMParser().parseFromString(${JSON.stringify(xml)}, "application/xml");
      const error = parsed.querySelector("parsererror");
      if (error !== null) throw new Error(error.textContent);
      const read = (element) => ({
        name: element.tagName,
        attributes: Object.fromEntries([...element.attributes].map(({ name, value }) => [name, value])),
        children: [...element.children].map(read),
      });
      return read(parsed.documentElement);
    })()`);
  }

  for (const [name, report] of Object.entries(reports)) {
    it(`is what the schemas of Jenkins and Ant allow, and its counts add up (${name})`, async () => {
      const root = await parse(report);
      assert.equal(root.name, "testsuites");
      assert.deepEqual(violationsOf(root), []);
    });
  }

  it("gives hostile strings back as they were, but for what XML cannot hold", async () => {
    const [checks] = (await parse(hostileReport())).children;
    const properties = checks?.children[0]?.children ?? [];
    const target = properties.find(({ attributes }) => attributes["name"] === "target")?.attributes["value"];
    assert.equal(target, `${hostile.style} ${hostile.long}`);
    const [first] = checks?.children.filter(({ name }) => name === "testcase") ?? [];
    assert.equal(first?.children[0]?.attributes["message"], hostile.script);
  });
});
