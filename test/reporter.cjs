"use strict";
// Mocha's "spec" reporter, which also leaves the counts for the closing line of `npm test`, and names what was skipped.
const { writeFileSync } = require("node:fs");
const Mocha = require("mocha");

module.exports = class CountingReporter extends Mocha.reporters.Spec {
  constructor(runner, options) {
    super(runner, options);
    const skipped = [];
    runner.on(Mocha.Runner.constants.EVENT_TEST_PENDING, (test) =>
      skipped.push({ title: test.fullTitle(), reason: test.skipReason ?? test.parent?.skipReason ?? "" }),
    );
    runner.once(Mocha.Runner.constants.EVENT_RUN_END, () => {
      const { passes, failures } = runner.stats;
      const file = process.env.PLANO_AFFINITY_COUNTS;
      if (file !== undefined) writeFileSync(file, JSON.stringify({ passed: passes, failed: failures, skipped }));
    });
  }
};
