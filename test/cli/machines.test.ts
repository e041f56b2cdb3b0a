// `npm run sim` with machines of a user's: the same command line as for jobs.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { repository, sim } from './run-cli.ts';
import type { Ended } from './run-cli.ts';

const folder = mkdtempSync(join(tmpdir(), 'millrace-'));
afterAll(() => rmSync(folder, { recursive: true }));

const planted = 'test/cli/planted/machines';
const right = `--scenario ${planted}/counter.ts`;
const buggy = `--scenario ${planted}/counter-adds-twice.ts`;
const output = join(repository, 'reports', 'out');
const FAILING = 3;

/** Long lines are broken between words. */
const unbroken = ({ stdout }: Ended): string => stdout.replaceAll(/\s+/g, ' ');

describe.concurrent('machines on the command line', () => {
  test('a run that passes, as text and as JSON', async () => {
    const [text, json] = await Promise.all([sim(`${right} --seed 990101`), sim(`${right} --seed 990101 --json`)]);
    expect([text.code, json.code, text.stderr, json.stderr]).toEqual([0, 0, '', '']);
    expect(unbroken(text)).toContain('PASS the machines are done, and no oracle objects');
    expect(text.stdout).toMatch(/^messages {5}\d+ delivered, 0 lost$/m);
    expect(JSON.parse(json.stdout)).toMatchObject({
      scenario: 'counter',
      guest: 'machines',
      seed: 990_101,
      verdict: 'pass',
      messages: { delivered: expect.any(Number), lost: 0 },
      oracles: { 'no-more': 'pass' },
      output: null,
    });
  });

  test('a bug is found, shrunk and told, and leaves a tape that replays and a report', async () => {
    const { code, stdout } = await sim(`${buggy} --seed ${FAILING}`);
    expect(code).toBe(1);
    expect(stdout).toMatch(/^shrunk to [1-5] decisions? in \d+ runs$/m);
    expect(stdout).toMatch(/^ >.* s {2}(add|added) from .* took .* ms longer$/m);
    expect(stdout).toMatch(/^ {5}.* s {2}counter: counted \{"client":"client-\d","number":\d\}$/m);
    const tape = join(output, `counter-adds-twice-${FAILING}.tape`);
    expect(readFileSync(tape, 'utf8')).toContain(
      `\nscenario machines counter-adds-twice ${planted}/counter-adds-twice.ts `,
    );
    expect(readFileSync(join(output, `counter-adds-twice-${FAILING}.html`), 'utf8')).toContain('client-1');
    const [again, moved, job] = await Promise.all(
      ['', right, '--scenario word-count'].map((elsewhere) => sim(`--replay ${tape} ${elsewhere}`)),
    );
    expect(again!.code).toBe(1);
    expect(unbroken(again!)).toContain('replay the same run as on the tape, event by event');
    const tapeIs = 'line 4: it is of the machines counter-adds-twice, and';
    expect(moved).toMatchObject({
      code: 2,
      stderr: expect.stringContaining(`${tapeIs} ${planted}/counter.ts is the machines counter`) as string,
    });
    expect(job).toMatchObject({
      code: 2,
      stderr: expect.stringContaining(`${tapeIs} scenarios/word-count.ts is the job word-count`) as string,
    });
  });

  test('a sweep', async () => {
    const { code, stdout } = await sim(`${right} --seeds 1..40`);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^PASS {2}all of 40 seeds$/m);
    expect(stdout).toMatch(/^faults {7}\d+ fired \(\d\.\d a seed\): message-delay \d+, pause \d+$/m);
  });

  test('a trace, and determinism', async () => {
    const trace = join(folder, 'trace.jsonl');
    const [traced, compared] = await Promise.all([
      sim(`${right} --seed 4 --trace ${trace}`),
      sim(`${right} --seed 4 --check-determinism`),
    ]);
    expect([traced.code, compared.code]).toEqual([0, 0]);
    const lines = readFileSync(trace, 'utf8').trimEnd().split('\n');
    expect(JSON.parse(lines[0]!)).toMatchObject({ format: 'millrace-trace', scenario: 'counter' });
    expect(JSON.parse(lines.at(-1)!)).toMatchObject({ kind: 'verdict', verdict: 'pass' });
    expect(unbroken(compared)).toContain('each with the same hash in two runs here and one in a fresh process');
  });

  test('settings are those of the file', async () => {
    const [set, help] = await Promise.all([
      sim(`${right} --seed 4 --set unused=3 --set networkJitterUs=0 --faults crash --json`),
      sim(`--help ${right}`),
    ]);
    expect(set.code).toBe(0);
    expect(help.code).toBe(0);
    for (const name of ['Faults of counter', 'clock-jump', 'unused=1', 'runMs=2000'])
      expect(help.stdout).toContain(name);
    expect(help.stdout).not.toContain('checkpointTimeoutMs=');
  });

  test.each([
    [`${right} --set heartbeatIntervalMs=1`, '--set heartbeatIntervalMs=1: unknown option "heartbeatIntervalMs"'],
    [`${right} --set unused=10`, '--set unused=10: expected a whole number of count from 1 to 9'],
    [`${right} --faults tm-crash`, '--faults: unknown fault "tm-crash", did you mean "crash"?'],
    [
      '--scenario neither.ts',
      'neither.ts: "scenario" is of neither kind: there are two kinds, a job (defineScenario of millrace/scenario) and machines (defineMachines of millrace/sim)',
    ],
    ['--scenario nothing.ts', 'nothing.ts: it exports no "scenario": there are two kinds'],
    ['--scenario nodes.ts', 'nodes.ts: "name" must be a word of letters'],
  ])('%s is refused', async (line, sentence) => {
    writeFileSync(join(folder, 'neither.ts'), 'export const scenario = { name: "neither" };\n');
    writeFileSync(join(folder, 'nothing.ts'), 'export const nothing = 1;\n');
    writeFileSync(join(folder, 'nodes.ts'), 'export const scenario = { nodes: [] };\n');
    const inRepository = line.includes(planted);
    const { code, stderr } = await sim(`${line} --seed 1`, inRepository ? repository : folder);
    expect(stderr).toContain(sentence);
    expect(code).toBe(2);
  });

  test.each([
    ['broken-class-instance', 'counter breaks the contract of a machine at add: .when is Date'],
    ['broken-unknown-request', 'counter breaks the contract of a machine at add: it makes a request "never-served"'],
  ])('%s is told with file, node and event', async (name, sentence) => {
    const ended = await sim(`--scenario ${planted}/${name}.ts --seed 1`);
    expect(unbroken(ended)).toContain(`FAIL ${planted}/${name}.ts: ${sentence}`);
    expect(ended.code).toBe(4);
  });
});
