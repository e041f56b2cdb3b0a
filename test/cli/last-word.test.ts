// Whatever code of a scenario does outside of its calls, a command ends with its verdict, or with one sentence and a code that is not 0.
import { describe, expect, test } from 'vitest';
import { sim } from './run-cli.ts';
import type { Ended } from './run-cli.ts';

const planted = (name: string): string => `test/cli/planted/ends/${name}.ts`;

/** The complaint without the checkout's own folder. */
function complaintOf({ stderr }: Ended): string {
  return stderr.replaceAll(/\(?\/[^\s()]*\/(test\/cli\/planted\/ends\/[^\s()]*):\d+:\d+\)?/g, '$1').trim();
}

describe.concurrent('a run without a verdict never exits 0', { timeout: 120_000 }, () => {
  test.each([
    ['exit-at-top', '--seed 3', 'its code ended the process with exit code 0 before there was a verdict, at FILE'],
    ['exit-later', '--seed 3', 'its code ended the process with exit code 0 before there was a verdict, at later FILE'],
    [
      'throws-later',
      '--seed 3',
      'its code threw where nobody waits for it: RangeError: too late, at Immediate.<anonymous> FILE',
    ],
    ['rejects', '--seed 3 --json', 'its code left a rejected promise behind: nobody waits, at FILE'],
    ['awaits-for-ever', '--seed 3', 'it cannot be loaded: an await at its top level never comes'],
    ['loops-at-top', '--seeds 1..3', 'it cannot be loaded: code at its top level did not come back within 20 s'],
    [
      'exit-in-thread',
      '--seeds 1..3',
      'its code ended the process with exit code 0 before there was a verdict, at Immediate._onImmediate FILE',
    ],
    ['rejects-in-thread', '--seeds 1..3', 'its code left a rejected promise behind: nobody waits, at FILE'],
    ['awaits-in-thread', '--seeds 1..3', 'it cannot be loaded: an await at its top level never comes'],
    [
      'exit-in-fresh-process',
      '--seed 3 --check-determinism',
      'its code ended the process with exit code 0 before there was a verdict, at FILE (seed 3 in a fresh process)',
    ],
  ])('%s %s', async (name, words, sentence) => {
    const ended = await sim(`--scenario ${planted(name)} ${words}`);
    expect(complaintOf(ended)).toBe(`millrace: ${planted(name)}: ${sentence.replace('FILE', planted(name))}`);
    expect(ended.code).toBe(2);
    expect(ended.stdout).not.toMatch(/PASS|pass/);
  });

  test.each(['--seed 3', '--seeds 1..3', '--seed 3 --check-determinism'])(
    'what a module leaves open keeps no process: %s',
    async (words) => {
      const { code, stdout, stderr } = await sim(`--scenario ${planted('leaves-open')} ${words}`);
      expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
      expect(stdout).toMatch(/PASS|the same/);
    },
  );

  test.each(['--seed 3', '--seeds 1..3', '--seed 3 --check-determinism'])(
    'what a job prints is no part of the object that --json prints: %s',
    async (words) => {
      const { code, stdout, stderr } = await sim(`--scenario ${planted('prints')} ${words} --json`);
      expect(code).toBe(0);
      expect(stdout.trimEnd().split('\n')).toHaveLength(1);
      expect(JSON.parse(stdout)).toBeTypeOf('object');
      expect(stderr).toMatch(/^doubling 2$/m);
      expect(stderr).toMatch(/^2$/m);
    },
  );
});
