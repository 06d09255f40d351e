"use strict";
// Mocha's "spec" reporter, which also leaves the counts for the closing lines of `npm test`, and names what failed or was skipped.
const { writeFileSync } = require("node:fs");
const Mocha = require("mocha");

/** An assertion's first lines say what was compared with what; a command's last ones say why it failed. */
function inOneLine(error) {
  const lines = String(error?.message ?? error)
    .trim()
    .split(/\s*\n\s*/);
  const told = lines.length > 8 ? [...lines.slice(0, 4), "…", ...lines.slice(-4)] : lines;
  return told.map((line) => line.slice(0, 150)).join(" ");
}

module.exports = class CountingReporter extends Mocha.reporters.Spec {
  constructor(runner, options) {
    super(runner, options);
    const skipped = [];
    const failed = [];
    runner.on(Mocha.Runner.constants.EVENT_TEST_FAIL, (test, error) => {
      failed.push({ title: test.fullTitle(), reason: inOneLine(error) });
      // At once, too: mocha tells the reasons at its end, which a run that is ended early does not reach.
      process.stdout.write(`       ${inOneLine(error)}\n`);
    });
    runner.on(Mocha.Runner.constants.EVENT_TEST_PENDING, (test) =>
      skipped.push({ title: test.fullTitle(), reason: test.skipReason ?? test.parent?.skipReason ?? "" }),
    );
    runner.once(Mocha.Runner.constants.EVENT_RUN_END, () => {
      const { passes: passed } = runner.stats;
      const file = process.env.PLANO_AFFINITY_COUNTS;
      if (file !== undefined) writeFileSync(file, JSON.stringify({ passed, failed, skipped }));
    });
  }
};
