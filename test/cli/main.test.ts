// What `millrace` itself answers, and how it refuses a command that there is not.
import { expect, test } from 'vitest';
import { main } from '../../src/cli/main.ts';
import { exitCodes } from '../../src/cli/exit-codes.ts';
import { readManifest } from '../../src/layout.ts';

async function called(...words: readonly string[]): Promise<{ code: number; said: string; complained: string }> {
  const said: string[] = [];
  const complained: string[] = [];
  const code = await main(words, {
    line: (text) => said.push(text),
    complain: (text) => complained.push(text),
    progress: () => {},
  });
  return { code, said: said.join('\n'), complained: complained.join('\n') };
}

test.each([['--help'], ['-h'], ['help']])('%s lists each command with a line', async (word) => {
  const { code, said } = await called(word);
  expect(code).toBe(exitCodes.pass);
  for (const command of ['sim', 'real', 'report', 'jobmanager', 'taskmanager'])
    expect(said).toMatch(new RegExp(String.raw`^  ${command} +\w.+`, 'm'));
});

test('--version names the package, the commit, Node and V8', async () => {
  const { code, said } = await called('--version');
  expect(code).toBe(exitCodes.pass);
  expect(said).toContain(`millrace ${readManifest().version}, commit `);
  expect(said).toContain(`Node ${process.versions.node}, V8 ${process.versions.v8}`);
});

test.each([
  [['simm'], 'unknown command "simm", did you mean "sim"? (npm run millrace -- --help lists them)'],
  [['constructor'], 'unknown command "constructor"'],
  [[], 'which command? (npm run millrace -- --help lists them)'],
])('%j is no command', async (words, complaint) => {
  const { code, complained } = await called(...words);
  expect(code).toBe(exitCodes.usage);
  expect(complained).toContain(complaint);
});
