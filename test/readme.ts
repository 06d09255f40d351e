import assert from "node:assert/strict";
import { inlineCode, joinedLines, readPage } from "../dev/pages/testing/markdown";

/** A command of the README. */
export interface ReadmeCommand {
  /** The heading (`##`) that it stands under. */
  readonly section: string;
  /** Without comment, on one line. */
  readonly line: string;
}

/** Commands that no test runs, and why. Whoever can run one in a test takes it out here. */
export const notRun: Readonly<Record<string, string>> = {
  "pulumi new <url of this repository> --generate-only --name my-gateway --dir my-gateway":
    "the repository is published nowhere yet; test/integration/commands/template.test.ts takes it from a server of its own",
  "npm test": "it is what runs this test",
  "npm run test:all": "it is what runs this test",
};

/** The README's blocks of shell, line by line; what is continued with a backslash is one line. */
export function readmeCommands(): ReadmeCommand[] {
  const { fences } = readPage("README.md");
  return fences
    .filter(({ language }) => language === "sh")
    .flatMap(({ section, lines }) => joinedLines(lines).map((line) => ({ section, line })));
}

/** Commands within the README's sentences and tables, each once. */
export function inlineCommands(): string[] {
  const codes = readPage("README.md").prose.flatMap(inlineCode);
  return [...new Set(codes.filter((code) => /^(npm|npx|plano-affinity|pulumi) [a-z].*[^-]$/.test(code)))];
}

/**
 * A command of the README, for a test that runs it: by this call the test claims the line, and
 * dev/pages/readme-commands.test.ts sees to it that each line has one that does.
 *
 * @param line the literal line, without its comment
 * @param instead what stands in for parts that only the reader knows: addresses, and where the repository is
 * @returns the line to run
 * @throws AssertionError when the README does not have it, or it has no such part
 */
export function readmeCommand(line: string, instead: Readonly<Record<string, string>> = {}): string {
  const known = readmeCommands().some((it) => it.line === line) || inlineCommands().includes(line);
  assert.ok(known, `README.md does not say: ${line}`);
  return Object.entries(instead).reduce((command, [part, standIn]) => {
    assert.ok(command.includes(part), `${command} does not have ${part}`);
    return command.replaceAll(part, standIn);
  }, line);
}
