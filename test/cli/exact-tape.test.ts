// A run with ordered events and faults without odds is repeated from its tape, event by event, as any other run is.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { repeatCommands } from '../../src/cli/sim/failure.ts';
import { hashOf } from '../../src/cli/sim/plan.ts';
import { reportOf } from '../../src/cli/sim/report-file.ts';
import { factsOf } from '../../src/cli/sim/run-report.ts';
import { runDecisions, setUp, type Run, type RunSetup } from '../../src/cli/sim/run-seed.ts';
import { loadTape, saveTape, tapeOf } from '../../src/cli/sim/tape.ts';
import { currentVersion } from '../../src/cli/sim/version.ts';
import { storyOf } from '../../src/cli/sim/what-happened.ts';
import { scriptedDecisions } from '../../src/sim/search/scripted-decisions.ts';
import { repository, sim } from './run-cli.ts';

const folder = mkdtempSync(join(tmpdir(), 'millrace-exact-'));
afterAll(() => rmSync(folder, { recursive: true }));

async function timeless(scenario: string, faults: readonly string[]): Promise<RunSetup> {
  const file = join(repository, scenario);
  const setup = await setUp({ file, hash: await hashOf(file), set: {}, faults, exactFaults: { faultsMax: 2 } });
  return { ...setup, set: setup.guest.timeless };
}

/** Answers all questions from a list of small numbers, the order of events included; then goes on plainly. */
function playMixed(setup: RunSetup, length: number, bound: number): Run {
  const script = Array.from({ length }, (_, at) => ((at * 7 + 3) % 11 < 8 ? 0 : at % bound));
  const isAsked = (stream: string): boolean => !stream.startsWith('options') && !stream.startsWith('workload');
  return runDecisions(setup, 1, scriptedDecisions(script, isAsked), {});
}

function tapeAt(name: string, setup: RunSetup, run: Run): string {
  const path = join(folder, name);
  saveTape(tapeOf(setup, run, {}, currentVersion()), path);
  return path;
}

test.each([
  ['machines', 'test/cli/planted/machines/counter.ts', ['crash', 'pause', 'message-delay'], 400],
  ['a job', 'scenarios/word-count.ts', ['tm-crash', 'store-unknown', 'barrier-loss'], 1_000],
])('%s', async (name, scenario, faults, length) => {
  const setup = await timeless(scenario, faults);
  const run = playMixed(setup, length, 3);
  expect(run.result.faultLog.length).toBe(2);
  expect(run.entries.filter(({ stream }) => stream === 'schedule').length).toBeGreaterThan(0);
  const path = tapeAt(`${name.replace(' ', '-')}.tape`, setup, run);
  expect(readFileSync(path, 'utf8')).toContain(`\nfaults ${faults.join(' ')}\nexact-faults 2\n`);
  const { code, stdout } = await sim(`--replay ${path}`);
  expect(stdout).toContain('the same run as on the tape, event by event');
  expect(stdout.replaceAll(/\s+/g, ' ')).toContain('each was asked wherever it may strike, until 2 faults hit');
  expect([code === 0, run.result.verdict === 'pass']).toEqual([true, true]);
});

test('story and report are of the same run, and nobody is sent to the seed', async () => {
  const setup = await timeless('test/cli/planted/machines/counter.ts', ['crash', 'pause']);
  const run = playMixed(setup, 400, 3);
  const taped = { run, entries: run.entries, inputLimits: {} };
  const told = storyOf(setup, taped).map(({ text }) => text);
  for (const { text } of run.result.faultLog) expect(told.join('\n')).toContain(text);
  expect(await reportOf(setup, taped, { story: null, commands: [] })).not.toBeNull();
  expect(repeatCommands(setup, 1, 'x.tape').map(([label]) => label)).toEqual(['replay']);
  expect(Object.fromEntries(factsOf(setup, run))['faults']).toMatch(/until 2 faults hit$/);
});

test('the number of faults is read as it is written, or refused with its line', async () => {
  const setup = await timeless('test/cli/planted/machines/counter.ts', ['crash']);
  const path = tapeAt('number.tape', setup, playMixed(setup, 10, 3));
  expect(loadTape(path).exactFaults).toEqual({ faultsMax: 2 });
  const text = readFileSync(path, 'utf8');
  writeFileSync(path, text.replace('exact-faults 2', 'exact-faults two'));
  const line = 1 + text.split('\n').indexOf('exact-faults 2');
  expect(() => loadTape(path)).toThrow(`line ${line}: expected a whole number, found "two"`);
});
