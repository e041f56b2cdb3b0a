// The command as a user meets it: processes, exit codes, files. One process costs half a second, so there are few, side by side.
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { scenarioNames } from '../../src/cli/scenario/scenario-file.ts';
import { repository, sim } from './run-cli.ts';
import type { Ended } from './run-cli.ts';

const folder = mkdtempSync(join(tmpdir(), 'millrace-'));
afterAll(() => rmSync(folder, { recursive: true }));

const output = join(repository, 'reports', 'out');
const broken = join(folder, 'broken.ts');
writeFileSync(broken, 'const a = 1;\nconst = 2;\n');
const example = join(repository, 'examples', 'commit-at-barrier.ts');
const [enumeration, noEntry] = [join(folder, 'enum.ts'), join(folder, 'no-entry.ts')];
writeFileSync(enumeration, `enum Flavour { sweet }\n${readFileSync(example, 'utf8')}`);
writeFileSync(noEntry, readFileSync(example, 'utf8').replace("'millrace/scenario'", "'millrace/scenarios'"));
const empty = join(folder, 'empty.ts');
writeFileSync(
  empty,
  readFileSync(example, 'utf8').replace("'commit-at-barrier'", "'empty'").replace('length: 100', 'length: 0'),
);

/** Long lines are broken between words. */
const unbroken = ({ stdout }: Ended): string => stdout.replaceAll(/\s+/g, ' ');

describe.concurrent('one seed', () => {
  test('as JSON, with its output', async () => {
    const { code, stdout, stderr } = await sim('--scenario word-count --seed 990001 --json');
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const json = JSON.parse(stdout) as Record<string, unknown>;
    expect(json).toEqual({
      scenario: 'word-count',
      guest: 'job',
      seed: 990_001,
      verdict: 'pass',
      traceHash: expect.stringMatching(/^[0-9a-f]{16}$/),
      events: expect.any(Number),
      simulatedMs: expect.any(Number),
      wallMs: expect.any(Number),
      faults: expect.any(Object),
      checkpoints: { completed: expect.any(Number), aborted: expect.any(Number) },
      restarts: expect.any(Number),
      leaderChanges: expect.any(Number),
      unreadTopics: [],
      lateRecords: 0,
      oracles: expect.objectContaining({ 'O-exact': 'pass', 'O-live': 'pass' }),
      output: 'reports/out/word-count-990001.jsonl',
    });
    const lines = readFileSync(join(repository, String(json['output'])), 'utf8')
      .trimEnd()
      .split('\n');
    expect(lines.length).toBeGreaterThan(100);
    expect(lines.toSorted()).toEqual(lines);
  });

  test('as JSON, whatever the code of its scenario prints', async () => {
    writeFileSync(
      join(folder, 'chatty.ts'),
      readFileSync(example, 'utf8')
        .replace("'commit-at-barrier'", "'chatty'")
        .replace('input: () => (', "input: () => (console.log('here I am'), "),
    );
    const [run, sweep] = await Promise.all([
      sim('--scenario chatty.ts --seed 1 --no-faults --json', folder),
      sim('--scenario chatty.ts --seeds 1..3 --no-faults --json', folder),
    ]);
    expect(JSON.parse(run.stdout)).toMatchObject({ scenario: 'chatty', verdict: 'pass' });
    expect(JSON.parse(sweep.stdout)).toMatchObject({ scenario: 'chatty', verdict: 'pass', passed: 3, failures: [] });
    for (const { stderr } of [run, sweep]) expect(stderr).toContain('here I am\n');
    rmSync(join(output, 'chatty-1.jsonl'));
  });

  test('what the README shows of seed 42: the world does not change by itself from version to version', async () => {
    const readme = readFileSync(join(repository, 'README.md'), 'utf8');
    const shown = /\$ npm run sim -- --seed 42\n[^`]*?^trace hash +([0-9a-f]{16})$/m.exec(readme)?.[1];
    const { stdout } = await sim('--seed 42 --json');
    expect(JSON.parse(stdout)).toMatchObject({ traceHash: shown });
  });

  test('as text, with a trace', async () => {
    const trace = join(folder, 'trace.jsonl');
    const { code, stdout, stderr } = await sim(`--scenario word-count --seed 990002 --no-faults --trace ${trace}`);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' }); // no progress in a pipe
    for (const label of ['options', 'faults', 'checkpoints', 'recovery', 'time', 'events', 'trace hash', 'oracles']) {
      expect(stdout).toMatch(new RegExp(`^${label} `, 'm'));
    }
    expect(stdout).toMatch(/^PASS {2}.*\ncompared .*group.*record/m);
    expect(
      stdout
        .trimEnd()
        .split('\n')
        .slice(-3)
        .every((line) => line.includes('npm run sim -- ')),
    ).toBe(true);
    const lines = readFileSync(trace, 'utf8').trimEnd().split('\n');
    expect(lines.length).toBeGreaterThan(500);
    expect(JSON.parse(lines[0]!)).toMatchObject({ format: 'millrace-trace', version: 2, scenario: 'word-count' });
    expect(JSON.parse(lines.at(-1)!)).toMatchObject({ kind: 'verdict', verdict: 'pass' });
    for (const line of lines.slice(1, -1)) expect(JSON.parse(line)).toHaveProperty('event');
    expect(readdirSync(folder).filter((name) => name.includes('partial'))).toEqual([]);
  });

  test('without a seed: a fresh one is drawn and printed', async () => {
    const runs = await Promise.all([1, 2].map(() => sim('--scenario two-inputs --no-faults')));
    const seeds = runs.map(({ stdout }) => /^two-inputs, seed (\d+):/.exec(stdout)?.[1]);
    expect(new Set(seeds).size).toBe(2);
    for (const seed of seeds) rmSync(join(output, `two-inputs-${seed}.jsonl`));
  });
});

describe.concurrent('a failure', () => {
  test('is swept, shrunk, told and replayed, wherever the scenario lies', async () => {
    const bug = readFileSync(example, 'utf8').replace("'commit-at-barrier'", "'bug-elsewhere'"); // tapes are named after it
    writeFileSync(join(folder, 'bug.ts'), bug);
    const [here, there] = await Promise.all([
      sim('--scenario examples/commit-at-barrier.ts --seeds 1..30 --json'),
      sim('--scenario bug.ts --seeds 1..30', folder),
    ]);
    const json = JSON.parse(here.stdout) as { failed: number; failures: { seed: number; sentence: string }[] };
    expect([here.code, there.code]).toEqual([1, 1]);
    expect(json.failed).toBeGreaterThan(0);
    expect(there.stdout).toContain(`FAIL  ${json.failed} seed`);
    expect(unbroken(there)).toContain(`seed ${json.failures[0]!.seed}: ${json.failures[0]!.sentence}`);
    expect(json.failures[0]!.sentence).toMatch(
      /^O-exact: sink ledger holds \{.*\} twice, which a sequential run writes once/,
    );
    const story = there.stdout.slice(there.stdout.indexOf('shrunk to'));
    expect(story).toMatch(/^shrunk to \d+ decisions? in \d+ runs?\nwith records: (?!0 of payments\/0, 0 of)/);
    expect(story).toMatch(/\n > +\d+\.\d{3} s {2}tm-\d died/); // what had to happen, between what followed
    expect(unbroken(there)).toMatch(/ s O-exact: sink ledger holds \S+ twice, .* committed by \S+, then by \S+ /);
    expect(there.stdout).toContain(
      `npm --prefix ${repository.replace(/\/$/, '')} run sim -- --scenario ${folder}/bug.ts --seed`,
    );
    expect(there.stdout).not.toContain('NOT REPEATABLE');

    const tape = /--replay (\S+)/.exec(there.stdout)![1]!;
    const replayed = await sim(`--replay ${tape}`);
    expect(replayed.code).toBe(1);
    expect(replayed.stdout).toContain('the same run as on the tape, event by event');
    expect(replayed.stdout).toMatch(
      /\nthe tape has \d+ decisions?\nwith records: .*\nwhat was decided \(marked with >\)/,
    );
    expect(replayed.stdout).toMatch(/\n > +\d+\.\d{3} s {2}tm-\d died/); // the story that the first run told

    const text = readFileSync(join(repository, tape), 'utf8');
    const otherHash = text.replace(/^hash .*$/m, 'hash 0000000000000000');
    writeFileSync(join(folder, 'same-commit.tape'), otherHash);
    writeFileSync(join(folder, 'other-commit.tape'), otherHash.replace(/^commit .*$/m, 'commit 0123456789'));
    const [same, other] = await Promise.all([
      sim(`--replay ${join(folder, 'same-commit.tape')}`),
      sim(`--replay ${join(folder, 'other-commit.tape')}`),
    ]);
    if (!text.includes('\ncommit unknown\n')) expect(same.code).toBe(5); // a copy without git cannot say which commit it is
    expect(unbroken(same)).toMatch(/NOT REPEATABLE: the same code made another run of the same tape|at commit unknown/);
    expect(other.code).toBe(1);
    expect(unbroken(other)).toContain('it was written at commit 0123456789');
    expect(unbroken(other)).toMatch(/they part between event 1 and event \d+/);

    renameSync(join(folder, 'bug.ts'), join(folder, 'moved.ts'));
    const [lost, moved] = await Promise.all([
      sim(`--replay ${tape}`),
      sim(`--replay ${tape} --scenario moved.ts --json`, folder),
    ]);
    expect(lost.code).toBe(2);
    expect(lost.stderr).toContain('which is not there (if it was moved, say where to: --replay TAPE --scenario FILE)');
    expect(moved).toMatchObject({ code: 1, stderr: '' });
    expect(JSON.parse(moved.stdout)).toMatchObject({
      verdict: 'correctness',
      traceHash: /^hash (.*)$/m.exec(text)![1],
    });
    writeFileSync(join(folder, 'moved.ts'), bug.replace('index % 10', 'index % 11'));
    const edited = await sim(`--replay ${tape} --scenario moved.ts`, folder);
    expect(edited.code).not.toBe(5);
    expect(unbroken(edited)).toContain('the scenario or its data has changed');
  });
});

test.concurrent('a scenario runs in a folder that npm init made, which says that it holds no modules', async () => {
  const initialized = join(folder, 'initialized');
  mkdirSync(initialized);
  writeFileSync(join(initialized, 'package.json'), '{ "type": "commonjs" }');
  writeFileSync(join(initialized, 'good.ts'), readFileSync(example, 'utf8').replace("commitOn: 'barrier'", ''));
  expect(await sim('--scenario good.ts --seeds 1..2', initialized)).toMatchObject({
    code: 0,
    stderr: '',
    stdout: expect.stringContaining('PASS  all of 2 seeds') as string,
  });
});

test.concurrent('data that was edited since makes another run of a tape, which is no sign of chance', async () => {
  const own = join(folder, 'own-data');
  mkdirSync(own);
  writeFileSync(
    join(own, 'own-data.ts'),
    readFileSync(example, 'utf8')
      .replace("'commit-at-barrier'", "'own-data'")
      .replace('input: () =>', "data: ['./payments.json'],\n  input: ({ data }) =>")
      .replace('[payments(0), payments(1)]', "data['./payments.json']")
      .replace('reference: true', "reference: false, check: (_, { length }) => (length < 2 ? null : 'two')"),
  );
  const edit = (cents: number): void =>
    writeFileSync(join(own, 'payments.json'), JSON.stringify([[{ account: 'a', cents }], [{ account: 'b', cents }]]));
  edit(1);
  const failed = await sim('--scenario own-data.ts --seed 1 --no-faults', own);
  edit(2);
  const replayed = await sim(`--replay ${/--replay (\S+)/.exec(failed.stdout)![1]}`);
  expect([failed.code, replayed.code]).toEqual([1, 1]);
  expect(unbroken(replayed)).toContain('the scenario or its data has changed');
});

test.concurrent.each([
  ['random-state', 'first run'],
  ['left-callback', 'first run'],
  ['process-id', 'fresh process'],
])('--check-determinism shows both sides of %s', async (name, side) => {
  const { code, stdout } = await sim(`--scenario test/cli/planted/${name}.ts --seed 1 --check-determinism`);
  expect(code).toBe(5);
  expect(stdout).toMatch(/^FAIL {2}seed 1 is not repeatable: event \d+ is the first that differs$/m);
  expect(stdout).toMatch(/^ {2}both {2}\d+\.\d{6} s {2}tm-1: \S+/m);
  expect(stdout).toMatch(/^run once more, the states after that event differ at tm-1\..*$/m);
  expect(stdout).toMatch(new RegExp(`^ {2}${side} `, 'm'));
});

test.each(['--seed 1', '--seeds 1..1'])(
  'a failure that is another one when it runs again in the same process is not shrunk to a story: %s',
  async (seeds) => {
    const { code, stdout } = await sim(`--scenario test/cli/planted/module-memory.ts ${seeds}`);
    expect(code).toBe(5);
    expect(stdout).toContain('NOT REPEATABLE: trace hash');
    expect(stdout).not.toContain('shrunk to');
  },
);

test('a sweep that comes to code that does not come back tells where, and goes on with the other seeds', async () => {
  const { code, stdout } = await sim(
    '--scenario test/cli/planted/endless-sometimes.ts --seeds 1..3 --threads 1 --json',
  );
  expect(code).toBe(3);
  expect(JSON.parse(stdout)).toMatchObject({
    verdict: 'liveness',
    passed: 2,
    failed: 1,
    failures: [
      {
        seed: 2,
        verdict: 'liveness',
        oracle: 'standstill',
        sentence: expect.stringContaining('what was called last is the map of operator "sinner"') as string,
      },
    ],
    notRun: 0,
  });
});

test('seeds of all scenarios are told by scenario', async () => {
  const { code, stdout } = await sim(`--scenario all --seeds 7..${scenarioNames.length + 6} --no-faults --json`);
  expect(code).toBe(0);
  const { scenarios, passed } = JSON.parse(stdout) as {
    scenarios: { scenario: string; seeds: string }[];
    passed: number;
  };
  expect(passed).toBe(scenarioNames.length);
  expect(scenarios.map(({ scenario, seeds }) => [scenario, seeds])).toEqual(
    scenarioNames.map((name) => [name, '7..7']),
  );
});

test('a failing seed of a sweep that a fresh process does not repeat is not repeatable', async () => {
  // More seeds than any machine has cores, so that some thread runs two of them.
  const { code, stdout } = await sim('--scenario test/cli/planted/crowd-failure.ts --seeds 1..80');
  expect(code).toBe(5);
  expect(stdout).toContain('NOT REPEATABLE: trace hash');
});

test.concurrent.each([
  ['--scenario all --seed 7', '--scenario all means nothing without --seeds'],
  [
    '--scenario all --seeds 1..5',
    `--scenario all is ${scenarioNames.length} scenarios, and each needs two seeds, one of them without faults, at the least`,
  ],
  ['--scenario all --seeds 1..100 --faults tm-crush', '--faults: unknown fault "tm-crush", did you mean "tm-crash"?'],
  [
    '--scenario word-count --faults tm-loss',
    '--faults: tm-loss can hit nothing here: the jobs need 2 TaskManagers of 2: none can be lost for good',
  ],
  ['--threads 2 --seed 7', '--threads means nothing without --explore or --seeds'],
  ['--threads none --seeds 1..5', '--threads none: expected a whole number from 1 to 64'],
  ['--scenario word-cuont', 'unknown scenario "word-cuont", did you mean "word-count"?'],
  ['--scenario ./nothing.ts', 'there is no scenario file nothing.ts'],
  ['--replay nothing.tape', 'there is no tape nothing.tape'],
  ['--replay src', 'src is not a tape'],
  ['--replay UNKNOWN-OPTION', 'set unknown option "heartbaet", did you mean "heartbeatIntervalMs"?'],
  ['--replay UNKNOWN-FAULT', 'unknown fault "tm-crush", did you mean "tm-crash"?'],
  [
    '--replay scenarios/regressions/half-open-connection.tape --scenario tm-crash',
    'line 4: it is of the job partition, and scenarios/tm-crash.ts is the job tm-crash: its decisions mean nothing there',
  ],
  ['--replay package.json', 'package.json, line 1: expected "millrace-tape 2": this is not a tape'],
  ['--scenario BROKEN', 'broken.ts cannot be loaded: line 2, column 7: Expected identifier but found "="'],
  [
    '--scenario NO-ENTRY',
    'line 4, column 43: unknown entry point "millrace/scenarios", did you mean "millrace/scenario"?',
  ],
  ['--scenario ENUM', 'enum.ts cannot be loaded: line 1: TypeScript enum is not supported'],
  [
    '--scenario word-count --seed 1 --trace no/such/folder/a.jsonl',
    'no/such/folder/a.jsonl cannot be written: there is no folder no/such/folder',
  ],
  [
    '--seed 1 --scenario EMPTY',
    'scenario "empty": its input holds no record with seed 1, so that a run proves nothing',
  ],
  [
    '--seeds 1..3 --scenario EMPTY',
    'scenario "empty": its input holds no record with any of these seeds, so that a run proves nothing',
  ],
  ['42', 'did you mean: npm run sim -- --seed 42'],
])('%s is refused in one sentence', async (line, sentence) => {
  const tapeWith = (name: string, entry: string): string => {
    const text = readFileSync(join(repository, 'scenarios/regressions/ended-channel-without-barrier.tape'), 'utf8');
    writeFileSync(join(folder, name), text.replace(/^seed \d+$/m, `$&\n${entry}`));
    return join(folder, name);
  };
  const files: Record<string, () => string> = {
    BROKEN: () => broken,
    EMPTY: () => empty,
    ENUM: () => enumeration,
    'NO-ENTRY': () => noEntry,
    'UNKNOWN-OPTION': () => tapeWith('option.tape', 'set heartbaet 5'),
    'UNKNOWN-FAULT': () => tapeWith('fault.tape', 'faults tm-crush'),
  };
  const { code, stdout, stderr } = await sim(line.replace(/[A-Z-]+$/, (name) => files[name]?.() ?? name));
  expect(code).toBe(2);
  expect(stderr).toMatch(/^millrace: [^\n]*\n$/);
  expect(stderr).toContain(sentence);
  expect(stdout).not.toContain('PASS');
});

test('the list names every scenario', async () => {
  const { code, stdout } = await sim('--list --json');
  expect(code).toBe(0);
  for (const { name, about } of JSON.parse(stdout) as { name: string; about: string }[]) {
    expect(existsSync(join(repository, 'scenarios', `${name}.ts`))).toBe(true);
    expect(about).not.toBe('');
  }
});
