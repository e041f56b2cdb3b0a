// No product code reads a text that another part of the product wrote. Runs are made as always, and once more with every text form replaced by
// the kind of what it is given and a number: whatever is concluded from them is the same.
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { repository } from '../cli/run-cli.ts';

const RUNS = ['word-count:1', 'word-count:35', 'jm-failover:2', 'tm-crash:5', 'zombie-job-manager:3', 'partition:2'];
const BYTES_MAX = 64_000_000;

/** One line for each run, and a last one that says how many texts were replaced. */
function toldBy(...nodeOptions: readonly string[]): unknown[] {
  const script = join(repository, 'test/run/texts/told-run.ts');
  const out = execFileSync(process.execPath, [...nodeOptions, script, ...RUNS], {
    maxBuffer: BYTES_MAX,
    encoding: 'utf8',
  });
  return out
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as unknown);
}

test('verdicts, facts, hashes, exit codes and models of reports are the same without texts', () => {
  const plain = toldBy();
  const replaced = toldBy('--import', join(repository, 'test/run/texts/replace-texts.ts'));
  expect(plain.pop()).toEqual({ textsTold: 0 });
  expect((replaced.pop() as { readonly textsTold: number }).textsTold).toBeGreaterThan(10_000);
  expect(plain).toHaveLength(RUNS.length);
  for (const [index, run] of plain.entries()) expect(replaced[index]).toEqual(run);
});
