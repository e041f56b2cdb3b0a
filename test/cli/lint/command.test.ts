// The command around the analysis: what it prints, its exit codes, and its refusals.
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { main } from '../../../src/cli/main.ts';
import type { Terminal } from '../../../src/cli/terminal.ts';

const planted = join(import.meta.dirname, 'planted/01-helper-clock.ts');

interface Ended {
  readonly code: number;
  readonly lines: readonly string[];
}

async function lint(...words: readonly string[]): Promise<Ended> {
  const lines: string[] = [];
  const say = (text: string): void => void lines.push(text);
  const terminal: Terminal = { line: say, complain: say, progress: () => undefined };
  return { code: await main(['lint', ...words], terminal), lines };
}

test('findings are one JSON object with their chains, and exit code 1', async () => {
  const { code, lines } = await lint('--json', planted);
  expect(code).toBe(1);
  expect(lines).toHaveLength(1);
  const { findings, notFollowed, userFunctions, files } = JSON.parse(lines[0] as string) as Record<string, unknown>;
  const folder = 'test/cli/lint/planted';
  expect(findings).toEqual([
    {
      rule: 'clock',
      file: `${folder}/helpers/shared-time.ts`,
      line: 7,
      column: 26,
      text: 'Date.now reads a clock, which shows another time when the step is made again; take the time from the record, context.timestamp, context.watermark or input.now',
      chain: [
        { name: 'map "stamped"', file: `${folder}/01-helper-clock.ts`, line: 10 },
        { name: 'stampOf', file: `${folder}/01-helper-clock.ts`, line: 10 },
        { name: 'nowInSeconds', file: `${folder}/helpers/shared-time.ts`, line: 3 },
      ],
    },
  ]);
  expect([notFollowed, files]).toEqual([[], 2]);
  expect(userFunctions).toHaveLength(1);
});

test.each([
  [[], 'which file?'],
  [['a.ts', 'b.ts'], 'one file at a time'],
  [['nowhere.ts'], 'there is no scenario file'],
  [['--jsn', planted], 'did you mean "--json"?'],
])('%j is refused', async (words, sentence) => {
  const { code, lines } = await lint(...words);
  expect(code).toBe(2);
  expect(lines.join()).toContain(sentence);
});

test('a file without user functions is refused', async () => {
  const { code, lines } = await lint(join(import.meta.dirname, 'planted/helpers/shared-time.ts'));
  expect(code).toBe(2);
  expect(lines.join()).toContain('hands no function to Millrace, and exports no machine');
});
