// `npm run sim -- --explore`: every run inside bounds, as text, as JSON and as a certificate; what is wrong leaves a tape that replays.
import { createHash } from 'node:crypto';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { readSimCommand } from '../../src/cli/sim/read-command.ts';
import { interrupted, repository, sim, type Ended } from './run-cli.ts';

const folder = mkdtempSync(join(tmpdir(), 'millrace-explore-'));
afterAll(() => rmSync(folder, { recursive: true }));

const planted = 'test/cli/planted/explored';
const right = `--explore --scenario ${planted}/right-race.ts`;
const race = `--explore --scenario ${planted}/planted-race.ts`;
const checkpoint = 'scenarios/proofs/checkpoint-1.ts';
const job = `--explore --scenario ${checkpoint} --from first-trigger --to first-commit`;

/** Long lines are broken between words. */
const unbroken = ({ stdout }: Ended): string => stdout.replaceAll(/\s+/g, ' ');

const toldBy = ({ stdout }: Ended): Record<string, unknown> => JSON.parse(stdout) as Record<string, unknown>;

/** With the checksum that belongs to it. */
function sealed(latin1: string): Uint8Array {
  const content = Buffer.from(latin1, 'latin1').subarray(0, -32);
  return Buffer.concat([content, createHash('sha256').update(content).digest()]);
}

describe.concurrent('exploring on the command line', () => {
  test('a right one is complete, and its bounds are told', async () => {
    const [text, json] = await Promise.all([sim(right), sim(`${right} --json`)]);
    expect([text.code, json.code, text.stderr, json.stderr]).toEqual([0, 0, '', '']);
    expect(unbroken(text)).toContain(
      'COMPLETE every run inside these bounds was looked at, and nothing is wrong with any',
    );
    for (const bound of ['from', 'to', 'order', 'faults', 'chances', 'input', 'memory', 'options'])
      expect(text.stdout).toMatch(new RegExp(`^${bound} +\\w`, 'm'));
    const told = JSON.parse(json.stdout) as { unique: number };
    expect(told).toMatchObject({ scenario: 'right-race', guest: 'machines', verdict: 'complete', tape: null });
    expect(text.stdout).toContain(`${told.unique} different ones of `);
  });

  test('order and memory change no count', async () => {
    const lines = ['', '--order depth', '--memory compact', '--order depth --memory compact'];
    const ended = await Promise.all(lines.map((line) => sim(`${right} --orders all --json ${line}`)));
    const counts = ended.map(({ stdout }) => {
      const { unique, total, verdict } = JSON.parse(stdout) as Record<string, unknown>;
      return { unique, total, verdict };
    });
    expect(counts).toEqual(counts.map(() => ({ ...counts[0], verdict: 'complete' })));
  });

  test('a race that plain order does not show is found, and its tape replays', async () => {
    const [seeds, found] = await Promise.all([sim(`--scenario ${planted}/planted-race.ts --seeds 1..20`), sim(race)]);
    expect([seeds.code, found.code]).toEqual([0, 1]);
    expect(found.stdout).toMatch(/^VIOLATED {2}none-lost: 2 writers are done, and the cell says 1$/m);
    expect(found.stdout).toMatch(/^the way, \d+ steps from the first moment on:$/m);
    expect(found.stdout).toMatch(/^ {7}0\.000 s {2}cell: write \{"value":1,"readAt":0\} from writer-2$/m);
    const tape = join(repository, 'reports', 'out', 'planted-race-explored.tape');
    expect(found.stdout).toContain('npm run sim -- --replay reports/out/planted-race-explored.tape');
    expect(readFileSync(tape, 'utf8')).toMatch(/\nexact-faults 0 \d+\n/);
    const again = await sim(`--replay ${tape}`);
    expect(again.code).toBe(1);
    expect(unbroken(again)).toContain('FAIL none-lost: 2 writers are done, and the cell says 1');
    expect(unbroken(again)).toContain('replay the same run as on the tape, event by event');
  });

  test('where nothing can happen any more, the runner says so too', async () => {
    const { code, stdout } = await sim(`--explore --scenario ${planted}/stuck.ts --order depth`);
    expect(code).toBe(3);
    expect(stdout).toMatch(
      /^VIOLATED {2}nothing can happen any more, and over was not reached: fork-1 waits for a message, /m,
    );
    expect(stdout).toMatch(/^shrunk to \d+ decisions in \d+ runs$/m);
  });

  test('a run that goes on for ever is wrong where it must arrive', async () => {
    const line = `--explore --scenario ${planted}/never-done.ts`;
    const may = await sim(line); // one behind the other: they share a tape
    const must = await sim(`${line} --must-arrive`);
    expect(may.code).toBe(0);
    expect(unbroken(may)).toContain('but no run is at over within 0.20 s of world time');
    expect(must.code).toBe(3);
    expect(must.stdout).toMatch(/^VIOLATED {2}the run is not at over within 200 ms of world time$/m);
  });

  test('a run that goes round for ever is wrong without a bound of time', async () => {
    const ended = await sim(`--explore --scenario ${planted}/round-and-round.ts --for-ever`);
    expect(ended.code).toBe(3);
    expect(unbroken(ended)).toContain(
      'no moment is too late: states that differ in nothing but what has passed are one',
    );
    expect(ended.stdout).toMatch(/^VIOLATED {2}over cannot be reached any more, whatever happens$/m);
    const beats = [...ended.stdout.matchAll(/^ {7}0\.0(\d)0 s {2}asker: wake$/gm)].map(([, at]) => Number(at));
    expect(beats.length).toBeGreaterThanOrEqual(2); // the round is gone twice
  });

  test('a job can be finished wherever its run is, and no time is too late', async () => {
    const ended = await sim(`--explore --scenario ${checkpoint} --for-ever --reorders-max 0`);
    expect(ended.code).toBe(0);
    expect(unbroken(ended)).toContain('wherever a run is, it can still get to finished: none is stuck for ever');
  });

  test('of nodes that can change places one kind of state is looked at, unless it is switched off', async () => {
    const line = '--explore --scenario scenarios/proofs/racing-writers.ts --orders all';
    const [text, on, off] = await Promise.all([sim(line), sim(`${line} --json`), sim(`${line} --json --symmetry off`)]);
    expect([text.code, on.code, off.code]).toEqual([0, 0, 0]);
    expect(unbroken(text)).toContain(
      'differ in nothing but which of these is which, one: writer-1, writer-2, writer-3',
    );
    const [kinds, each] = [on, off].map(({ stdout }) => JSON.parse(stdout) as { unique: number; symmetric: unknown });
    expect(kinds?.symmetric).toEqual([['writer-1', 'writer-2', 'writer-3']]);
    expect(each?.symmetric).toEqual([]);
    expect(kinds!.unique).toBeLessThan(each!.unique / 3);
  });

  test('code that remembers what is in no state is not taken for a finding', async () => {
    const { code, stdout } = await sim('--explore --scenario test/cli/planted/module-counter.ts');
    expect(code).toBe(4);
    expect(stdout).toMatch(/^NOT REPEATED {2}/m);
  });

  test('a fault is found where it strikes', async () => {
    const scenario = '--explore --scenario test/cli/planted/machines/counter-adds-twice.ts';
    const none = await sim(scenario); // one behind the other: they share a tape
    const one = await sim(`${scenario} --faults scenario`);
    expect([none.code, one.code]).toEqual([0, 1]);
    expect(unbroken(one)).toContain(
      'up to 1 fault a run, wherever one may strike, and as long as it can last: message-delay, pause',
    );
  });

  test('shares of all runs are explored in threads, and their verdicts are one', async () => {
    const [turns, twice] = [
      'scenarios/proofs/lock-turns.ts --faults pause',
      `${planted}/adds-twice-shared.ts --faults scenario`,
    ];
    const explored = (line: string): Promise<Ended> => sim(`--explore --json --scenario ${line}`);
    const [one, three, again, wrong] = await Promise.all([
      explored(turns),
      explored(`${turns} --threads 3`),
      explored(`${turns} --threads 3`),
      explored(`${twice} --threads 2`),
    ]);
    const toldOf = ({ stdout }: Ended): Record<string, unknown> => ({ ...JSON.parse(stdout), cpuMs: 0 });
    expect([one, three, again, wrong].map(({ code }) => code)).toEqual([0, 0, 0, 1]);
    expect(toldOf(three)).toEqual(toldOf(again));
    expect(toldOf(three)).toMatchObject({ verdict: 'complete', reachedEnd: true, shares: 3 });
    expect(toldOf(three)['unique']).toBeGreaterThan(toldOf(one)['unique'] as number); // what comes before a fault is in each
    expect(toldOf(wrong)).toMatchObject({ verdict: 'violated', tape: 'reports/out/adds-twice-shared-explored.tape' });
  });

  test('a bound that ends it has an exit code of its own, and says what is left', async () => {
    const { code, stdout } = await sim(`${right} --states-max 20`);
    expect(code).toBe(7);
    expect(stdout).toMatch(/^STOPPED {2}by --states-max \(20\): nothing is wrong so far, and nothing is proven$/m);
    expect(stdout).toMatch(/ states were not followed/);
  });

  test('a job whose runs are too many is explored with a shorter input, and each try is told', async () => {
    const line = `--explore --scenario ${checkpoint} --from begin --to running --states-max 5`;
    const { code, stdout } = await sim(line);
    expect(code).toBe(7);
    expect(stdout).toMatch(/^tried {8}with 8 records there are more than \d+ states$/m);
    expect(stdout).toContain('records the first 0 of 8 of lines/0');
  });

  test('where a shorter input is not enough, a job has less parallelism, and what is proven says so', async () => {
    const file = join(folder, 'smaller.json');
    const line =
      '--explore --scenario scenarios/proofs/checkpoint-2.ts --from first-trigger --to first-commit --until-ms 530';
    const ended = await sim(`${line} --states-max 300 --certificate ${file}`);
    expect(ended.code).toBe(0);
    expect(ended.stdout.match(/^tried .*$/gm)?.map((text) => text.slice('tried        '.length))).toEqual([
      expect.stringMatching(/^with 16 records there are more than \d+ states$/),
      expect.stringMatching(/^with 2 records there are more than \d+ states$/),
      expect.stringMatching(/^with 1 record and parallelism 1 there are \d+ states$/),
      expect.stringMatching(/^with 2 records and parallelism 1 there are \d+ states$/),
      expect.stringMatching(/^with 4 records and parallelism 1 there are \d+ states$/),
    ]);
    const smaller = 'at most 1 subtask of each operator and as many splits of each source, on 1 of 2 TaskManagers';
    expect(unbroken(ended)).toContain(`input records all 8 of lines/0; ${smaller}`);
    expect(unbroken(ended)).toContain(`of a smaller job, as the whole has too many runs: ${smaller}`);
    expect(JSON.parse(readFileSync(file, 'utf8'))).toMatchObject({
      bounds: { set: { parallelismMax: 1 }, records: { 'lines/0': 8 }, nodes: ['client-1', 'jm-1', 'tm-1'] },
      verdict: { outcome: 'complete', reachedEnd: true },
      counts: { unique: 273, depth: 27 }, // as many as a job of one TaskManager has: scenarios/proofs/checkpoint-1.ts
    });
  });

  test('equal explorations write equal certificates, of bounds that were given', async () => {
    const files = ['one.json', 'two.json'].map((name) => join(folder, name));
    const line = `${job} --until-ms 530 --records-max 7`;
    const ended = await Promise.all(files.map((file) => sim(`${line} --certificate ${file}`)));
    expect(ended.map(({ code }) => code)).toEqual([0, 0]);
    const [one, two] = files.map((file) => readFileSync(file, 'utf8'));
    expect(one).toBe(two);
    expect(JSON.parse(one!)).toMatchObject({
      format: 'millrace-certificate',
      scenario: { kind: 'job', name: 'checkpoint-1', file: checkpoint },
      bounds: { from: 'first-trigger', to: 'first-commit', untilMs: 530, faults: [], records: { 'lines/0': 7 } },
      verdict: { outcome: 'complete', reachedEnd: true },
    });
    expect(one).not.toContain(repository);
  });

  test.each(['', '--order depth --memory compact', '--for-ever --reorders-max 0 --to finished'])(
    'a search that is stopped twice goes on in other processes, with %j',
    async (how) => {
      const [id, from] = [how.replaceAll(/\W/g, ''), how.includes('--for-ever') ? '' : `${job} --until-ms 530`];
      const line = `${from === '' ? `--explore --scenario ${checkpoint}` : from} ${how} --json`;
      const [kept, one, several] = ['kept', 'one.json', 'several.json'].map((name) => join(folder, `${id}-${name}`));
      const inTurns = async (): Promise<readonly Ended[]> => {
        const first = await sim(`${line} --states-max 40 --keep ${kept}`);
        const second = await sim(`${line} --states-max 80 --memory-max-mb 300 --go-on ${kept} --keep ${kept}`);
        return [first, second, await sim(`${line} --go-on ${kept} --certificate ${several}`)];
      };
      const [whole, [first, second, last]] = await Promise.all([sim(`${line} --certificate ${one}`), inTurns()]);
      expect([whole, first, second, last].map((ended) => ended?.code)).toEqual([0, 7, 7, 0]);
      expect([first, second, last].map((ended) => ended && toldBy(ended)['kept'])).toEqual([kept, kept, null]);
      expect(readFileSync(several as string, 'utf8')).toBe(readFileSync(one as string, 'utf8'));
    },
  );

  test('what is wrong is found by whoever goes on, with the same way', async () => {
    const kept = join(folder, 'race.kept');
    const whole = await sim(`${race} --json`); // one behind the other: they share a tape
    const stopped = await sim(`${race} --states-max 20 --keep ${kept}`);
    expect(stopped.stdout).toContain(`${kept}: the same line with --go-on goes on from there`);
    const found = await sim(`${race} --json --go-on ${kept}`);
    expect([whole.code, stopped.code, found.code]).toEqual([1, 7, 1]);
    expect(toldBy(found)).toEqual({ ...toldBy(whole), cpuMs: expect.any(Number) as number });
  });

  test('nothing is kept of a search that came to its end', async () => {
    const kept = join(folder, 'ended.kept');
    expect((await sim(`${right} --keep ${kept}`)).code).toBe(0);
    expect(existsSync(kept)).toBe(false);
  });

  test('Ctrl-C is a bound of a search that can be kept', async () => {
    const kept = join(folder, 'interrupted.kept');
    const line = `--explore --scenario scenarios/proofs/checkpoint-2.ts --orders all --states-max 100000000 --keep ${kept}`;
    const stopped = await interrupted(line);
    expect(stopped.code).toBe(7);
    expect(stopped.stdout).toMatch(/^STOPPED {2}by Ctrl-C: nothing is wrong so far, and nothing is proven$/m);
    expect(existsSync(kept)).toBe(true);
  });

  test('a search goes on from what was kept of it, and from nothing else', async () => {
    const kept = join(folder, 'refused.kept');
    await sim(`${right} --states-max 20 --keep ${kept}`);
    const bytes = readFileSync(kept);
    const other = (name: string, content: Uint8Array | string): string => {
      writeFileSync(join(folder, name), content);
      return join(folder, name);
    };
    const changed = Uint8Array.from(bytes, (byte, at) => (at === bytes.length >> 1 ? byte ^ 1 : byte));
    const [code] = /(?<="code":")[0-9a-f]{64}/.exec(bytes.toString('latin1')) ?? [''];
    const cases: readonly (readonly [line: string, sentence: string])[] = [
      [`${right} --go-on ${folder}/no.kept`, `there is no kept search ${folder}/no.kept`],
      [`${right} --go-on ${folder}`, `${folder} is not a kept search`],
      [`${right} --go-on README.md`, 'README.md is not a kept search'],
      [
        `${right} --go-on ${other('later', 'millrace-search 2\n')}`,
        'later is a kept search of version 2, and this is version 1',
      ],
      [`${right} --go-on ${other('short', bytes.subarray(0, -1))}`, 'short is truncated or damaged'],
      [`${right} --go-on ${other('changed', changed)}`, 'changed is truncated or damaged'],
      [`${race} --go-on ${kept}`, 'refused.kept is a search of right-race, and not of planted-race'],
      [
        `${right} --go-on ${other('code', sealed(bytes.toString('latin1').replace(code, '0'.repeat(64))))}`,
        'code is a search of other code: right-race, or the part of Millrace that runs it, has changed since',
      ],
      [
        `${right} --deviations-max 1 --go-on ${kept}`,
        'refused.kept was kept with --deviations-max 0, and is to go on with --deviations-max 1: only --states-max, --memory-max-mb and --minutes-max may be others',
      ],
      [
        `${right} --faults crash --go-on ${kept}`,
        'refused.kept was kept without --faults, and is to go on with --faults crash: only',
      ],
      [`${right} --keep nowhere/a.kept`, 'nowhere/a.kept cannot be written: there is no folder nowhere'],
    ];
    const ended = await Promise.all(cases.map(([line]) => sim(line)));
    for (const [at, { code: exit, stderr }] of ended.entries()) {
      expect(stderr.replaceAll(/\s+/g, ' ')).toContain(cases[at]?.[1]);
      expect(exit).toBe(2);
    }
    expect((await sim(`${right} --go-on ${kept}`)).code).toBe(0);
  }, 60_000);

  test.each([
    [`${right} --from running`, '--from: unknown moment of right-race "running": there are begin, started, over'],
    [`${right} --to the-end`, '--to: unknown moment of right-race "the-end": there are begin, started, over'],
    [`${right} --faults tm-crash`, '--faults: unknown fault "tm-crash", did you mean "crash"?'],
    [`${job} --until-ms 1`, 'the plain run of checkpoint-1 is not at first-trigger within 0.00 s of world time'],
    [
      `--explore --scenario ${planted}/no-end.ts --must-arrive`,
      '--must-arrive: nothing says where runs of no-end must be: give --to one of begin, started',
    ],
    [
      `${right} --from over --to started`,
      '--from over --to started: the plain run of right-race is at started already when it is at over, so that there is nothing to explore between them',
    ],
    [
      `--explore --scenario ${planted}/never-done.ts --for-ever`,
      '--for-ever: the machine of heart in never-done does not say which fields of its state are moments and counters; give it `relative`, or leave --for-ever out',
    ],
    [
      `--explore --scenario ${planted}/undeclared.ts --for-ever`,
      '--for-ever: the state of asker is not the same in a run and in the same run begun at another time: .state.askAt is',
    ],
    [`${right} --records-max 3`, '--records-max 3: machines have no records; leave it out'],
    [
      `${right} --set networkLatencyUs=1000`,
      '--set networkLatencyUs=1000: nothing takes time with --explore, which looks at what waits in every order; leave it out',
    ],
    [
      `${job} --set stepCostUs=5`,
      '--set stepCostUs=5: nothing takes time with --explore, which looks at what waits in every order; leave it out',
    ],
    [
      `${right} --faults crash@vote`,
      '--faults crash@vote: with --explore a fault strikes wherever it may; say --faults crash',
    ],
    [`${right} --faults crash,crash`, '--faults: crash is given twice'],
    [`${right} --certificate nowhere/a.json`, 'nowhere/a.json cannot be written: there is no folder nowhere'],
  ])('%s is refused', async (line, sentence) => {
    const { code, stderr } = await sim(line);
    expect(stderr.replaceAll(/\s+/g, ' ')).toContain(sentence);
    expect(code).toBe(2);
  });
});

test.each([
  ['--explore --seeds 1..3', '--explore and --seeds contradict each other'],
  ['--explore --check-determinism', '--explore and --check-determinism contradict each other'],
  ['--explore --trace a.jsonl', '--explore and --trace contradict each other'],
  ['--explore --seed 1', '--explore and --seed contradict each other'],
  ['--explore --no-faults', '--explore and --no-faults contradict each other'],
  ['--explore --report', '--explore and --report contradict each other'],
  ['--explore --replay a.tape', '--explore and --replay contradict each other'],
  ['--explore --list', '--explore and --list contradict each other'],
  ['--explore --orders all --reorders-max 1', '--orders and --reorders-max contradict each other'],
  ['--explore --faults-max 1', '--faults-max 1 needs --faults KIND,KIND'],
  ['--explore --faults-max 0 --faults pause', '--faults-max 0 and --faults contradict each other'],
  ['--explore --states-max 0', '--states-max 0: expected a whole number from 1 to 2147483648'],
  ['--explore --deviations-max -1', '--deviations-max -1: expected a whole number from 0 to 1000'],
  ['--explore --faults-max 101 --faults pause', '--faults-max 101: expected a whole number from 0 to 100'],
  ['--explore --chances-max some', '--chances-max some: expected a whole number from 0 to 1000'],
  ['--explore --fates-max 1.5 --faults pause', '--fates-max 1.5: expected a whole number from 0 to 1000'],
  ['--explore --fates-max 1', '--fates-max 1 needs --faults: nothing is left open where no fault strikes'],
  ['--explore --reorders-max 1001', '--reorders-max 1001: expected a whole number from 0 to 1000'],
  ['--explore --until-ms 0', '--until-ms 0: expected a whole number from 1 to 86400000'],
  ['--explore --records-max -1', '--records-max -1: expected a whole number from 0 to 1000000000'],
  ['--explore --memory-max-mb 0', '--memory-max-mb 0: expected a whole number from 1 to 1000000'],
  ['--explore --minutes-max 0', '--minutes-max 0: expected a whole number from 1 to 100000'],
  ['--explore --order sideways', '--order sideways: expected breadth or depth'],
  ['--explore --memory loose', '--memory loose: expected exact or compact'],
  ['--explore --symmetry maybe', '--symmetry maybe: expected on or off'],
  ['--explore --orders none', '--orders none: expected some or all'],
  ['--explore --must-arrive=yes', '--must-arrive takes no value, and was given "yes"'],
  ['--explore --for-ever --until-ms 5', '--for-ever and --until-ms contradict each other'],
  ['--explore --for-ever --must-arrive', '--for-ever and --must-arrive contradict each other'],
  ['--explore --from', '--from needs a value: --from MOMENT'],
  ['--explore --threads 2', '--threads 2 needs --faults: runs are divided by their first fault'],
  [
    '--explore --threads 2 --faults pause --keep a.kept',
    '--threads 2 and --keep contradict each other: a search in one thread alone is kept',
  ],
  ['--explore --threads 2 --faults pause --go-on a.kept', '--threads 2 and --go-on contradict each other'],
  ['--explore --keep', '--keep needs a value: --keep FILE'],
  ['--go-on a.kept', '--go-on means nothing without --explore'],
  ['--explore --threads 0 --faults pause', '--threads 0: expected a whole number from 1 to 64'],
  ['--from running', '--from means nothing without --explore'],
])('%s is refused before anything is loaded', (line, sentence) => {
  const command = readSimCommand(line.split(' '));
  expect(command).toEqual({ ok: false, reason: expect.stringContaining(sentence) as string });
});

test('what is not said has a default', () => {
  const command = readSimCommand('--explore --faults pause --to over --minutes-max 3'.split(' '));
  expect(command).toMatchObject({
    ok: true,
    value: { kind: 'explore', faults: ['pause'], faultsMax: null, to: 'over' },
  });
  expect(readSimCommand(['--explore'])).toMatchObject({
    ok: true,
    value: { faults: [], from: null, minutesMax: null },
  });
});
