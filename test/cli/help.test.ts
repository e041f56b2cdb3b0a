// What `--help` of the commands tells has one form, and a command is named as whoever reads it typed one.
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { helpText } from '../../src/cli/help.ts';
import { commands, main } from '../../src/cli/main.ts';
import { readSet } from '../../src/cli/set-option.ts';
import { clusterOptionTable } from '../../src/core/protocol/cluster-options.ts';
import { repository } from './run-cli.ts';

async function helpOf(...words: readonly string[]): Promise<string> {
  const lines: string[] = [];
  const terminal = { line: (text: string) => lines.push(text), complain: () => {}, progress: () => {} };
  expect(await main(words, terminal)).toBe(0);
  return lines.join('\n');
}

test.each(Object.keys(commands))('%s --help: the call, what it does, options, exit codes', async (name) => {
  const help = await helpOf(name, '--help');
  const [call = '', blank, about = ''] = help.split('\n');
  expect(call).toMatch(new RegExp(`^npm run (?:${name} --|millrace -- ${name}) (?:\\S.* )?\\[options\\]$`));
  expect(blank).toBe('');
  expect(about).toMatch(/^[A-Z]/);
  expect(help).toMatch(/^ {2}--help .*this text/m);
  const [, exits = ''] = /^Exit codes\n((?: {2,}.*\n)+)/m.exec(`${help}\n`) ?? [];
  const codes = [...exits.matchAll(/^ {2}(\d+) /gm)].map(([, code]) => Number(code));
  expect(codes).toEqual(codes.toSorted((a, b) => a - b));
  expect(codes).toEqual(expect.arrayContaining([0, 2, 70]));
  expect(help).not.toMatch(/exit codes?:/i);
});

test('a command is typed as its reader typed it: by npx, or as a script', async () => {
  expect(await helpOf('--help')).toMatch(/^npm run millrace -- COMMAND \[options\]/);
  const bin = join(repository, 'build', 'checkout-bin.cjs'); // that npx runs
  const { stdout, stderr } = spawnSync(process.execPath, [bin, 'sim', '--help'], { encoding: 'utf8' });
  expect([stderr, stdout]).toEqual(['', expect.stringMatching(/^npx millrace sim \[options\]/)]);
  expect(stdout).not.toContain('npm run');
});

test('paragraphs flow, but for lines that begin with a space; 2 and 70 are told of each command', () => {
  const about = 'One\ntwo:\n  as it is\n\nThree';
  const help = helpText({ command: 'list', words: '', about, options: [], exits: { 9: 'x' } });
  expect(
    help
      .split('\n')
      .filter((line) => line !== '')
      .slice(1),
  ).toEqual([
    'One two:',
    '  as it is',
    'Three',
    'Exit codes',
    '  2   the command line, or a file that it names, cannot be followed',
    '  9   x',
    '  70  an error of the tool itself',
  ]);
});

test.each([
  [
    'chekpointInterval=500',
    '--set chekpointInterval=500: unknown option "chekpointInterval", did you mean "--set checkpointIntervalMs=500"?',
  ],
  ['slots=3', '--set slots=3: "slots" is no option of --set, did you mean "--slots 3"?'],
  ['quux', '--set quux: unknown option "quux", expected --set KEY=NUMBER with a KEY of those that --help lists'],
])('--set %s is refused with what would be right', (pair, reason) => {
  expect(readSet(clusterOptionTable, [pair], ['slots'])).toEqual({ ok: false, reason });
});
