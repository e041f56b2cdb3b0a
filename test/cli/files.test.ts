// Files: whole or not at all, scenarios and data with the place of what is wrong, hashes that do not depend on the folder.
import { copyFileSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { createFile, findForUser, shownPath, toUser, writeWhole } from '../../src/cli/files.ts';
import { packageFolder as repositoryRoot } from '../../src/layout.ts';
import { bundleOwnPart, bundleScenario } from '../../src/cli/scenario/bundle.ts';
import { loadData } from '../../src/cli/scenario/data.ts';
import { findWrongShape } from '../../src/scenario/shape.ts';
import { scenario as wordCount } from '../../scenarios/word-count.ts';

const folder = mkdtempSync(join(tmpdir(), 'millrace-'));
afterAll(() => rmSync(folder, { recursive: true }));

const write = (name: string, text: string | Uint8Array): string => {
  writeFileSync(join(folder, name), text);
  return join(folder, name);
};

test('a file appears when it is whole', () => {
  const path = join(folder, 'a.jsonl');
  const file = createFile(path);
  file.write('x'.repeat(100_000));
  expect(readdirSync(folder)).not.toContain('a.jsonl');
  file.publish();
  expect(readFileSync(path, 'utf8')).toHaveLength(100_000);
  expect(readdirSync(folder).filter((name) => name.includes('partial'))).toEqual([]);
});

test('a file that is never whole leaves what was there before, and nothing beside it', () => {
  const path = write('b.jsonl', 'before');
  createFile(path).write('after');
  expect(readFileSync(path, 'utf8')).toBe('before');
  expect(readdirSync(folder).filter((name) => name.includes('partial'))).toEqual([]);
});

test.each([
  ['a folder', folder, 'it is there and is not a file'],
  ['a folder that is not there', join(folder, 'no', 'a.txt'), `there is no folder ${join(folder, 'no')}`],
])('%s cannot be written', (_, path, reason) => {
  expect(() => writeWhole(path, '')).toThrow(reason);
});

test('paths are shown from the root of the repository', () => {
  expect(shownPath(join(repositoryRoot, 'reports', 'out', 'a.jsonl'))).toBe('reports/out/a.jsonl');
});

test('paths beside the repository are shown whole', () => {
  expect(shownPath('/home/me/job.ts')).toBe('/home/me/job.ts');
  expect(shownPath(`${repositoryRoot}-of-mine/job.ts`)).toBe(`${repositoryRoot}-of-mine/job.ts`);
  expect(shownPath(join(repositoryRoot, '..odd.ts'))).toBe('..odd.ts');
});

test('a path that was shown is understood from everywhere, unless there is such a file where it is typed', () => {
  expect(findForUser('scenarios/word-count.ts')).toBe(join(repositoryRoot, 'scenarios', 'word-count.ts'));
  expect(findForUser('no-such-file.ts')).toBe(join(process.cwd(), 'no-such-file.ts'));
  expect(findForUser(join(folder, 'a.jsonl'))).toBe(join(folder, 'a.jsonl'));
  expect(toUser('scenarios/a.jsonl')).toBe(join(repositoryRoot, 'scenarios', 'a.jsonl'));
});

test('data of a package, and of files beside the scenario', () => {
  const file = write('scenario.ts', '');
  write('words.jsonl', '"a"\n\n{"b":1}\n');
  write('words.json', '\ufeff[1,\n2]');
  const data = loadData({ ...wordCount, data: ['flights-20k', './words.jsonl', './words.json'] }, file);
  expect((data['flights-20k'] as unknown[]).length).toBe(20_000);
  expect(data['./words.jsonl']).toEqual(['a', { b: 1 }]);
  expect(data['./words.json']).toEqual([1, 2]);
});

test.each([
  ['./bad.jsonl', '"a"\n{"b":}\n', `bad.jsonl, line 2: Unexpected token '}', "{"b":}" is not valid JSON`],
  ['./bad.json', '[1,\n2,\n  x]', `bad.json: Unexpected token 'x'`],
  ['./cut.json', '[1,\n2', "cut.json: Expected ',' or ']' after array element in JSON at position 5 (line 2 column 2)"],
  [
    './ids.jsonl',
    '{"author":1}\n\n{"author":1460342734571012097}\n',
    'ids.jsonl, line 3: no double holds 1460342734571012097 at .author exactly',
  ],
  [
    './ids.json',
    '[{"author":1},\n{"author":\n1460342734571012097}]',
    'ids.json, line 3: no double holds 1460342734571012097 at [1].author exactly',
  ],
  ['./far.jsonl', '[1e400]', 'far.jsonl, line 1: 1e400 at [0] is beyond all doubles'],
  ['./latin.jsonl', Uint8Array.of(34, 0xe4, 34), 'latin.jsonl is not UTF-8; it is named by'],
  ['./none.jsonl', null, 'none.jsonl cannot be read'],
  ['flights-20', null, 'unknown data "flights-20", did you mean "flights-20k"?'],
])('data %s is refused with its place', (name, text, reason) => {
  if (text !== null) write(name, text);
  expect(() => loadData({ ...wordCount, data: [name] }, join(folder, 'scenario.ts'))).toThrow(reason);
});

test.each([
  ['bundle', bundleScenario],
  ['own part', bundleOwnPart],
])('the hash of a scenario (%s) depends on what is in it, and not on where it lies', async (_, bundle) => {
  const example = join(repositoryRoot, 'examples', 'commit-at-barrier.ts');
  const [copy, changed] = ['copy', 'changed'].map((place) => {
    mkdirSync(join(folder, place), { recursive: true });
    return join(folder, place, 'commit-at-barrier.ts'); // an artifact names its files, for the stacks of errors
  }) as [string, string];
  copyFileSync(example, copy);
  writeFileSync(changed, readFileSync(example, 'utf8').replace('index % 10', 'index % 9'));
  const [first, second, third] = await Promise.all([example, copy, changed].map(bundle));
  expect(first).toEqual(second);
  expect(first).toMatchObject({ ok: true, value: { hash: expect.stringMatching(/^[0-9a-f]{64}$/) } });
  expect(third).not.toEqual(first);
});

test("a scenario's own part holds none of Millrace, however it is imported, but all that it is made of", async () => {
  const files = [join('examples', 'commit-at-barrier.ts'), join('scenarios', 'word-count.ts')];
  const bundles = await Promise.all(files.map((file) => bundleOwnPart(join(repositoryRoot, file))));
  const [example, ours] = bundles.map((bundle) => (bundle.ok ? new TextDecoder().decode(bundle.value.contents) : ''));
  expect(ours).toContain('heartbeatIntervalMs:200'); // of quick-cluster.ts
  for (const text of [example, ours]) {
    expect(text).toContain('from"millrace/scenario"');
    expect(text).not.toContain('cannot run:'); // of defineScenario
    expect(text).not.toContain('acknowledge-checkpoint');
    expect(text).not.toContain(repositoryRoot);
  }
});

test.each([
  [undefined, 'it exports no "scenario"'],
  [3, '"scenario" is not an object'],
  [
    { ...wordCount, name: 'a b' },
    '"name" must be a word of letters, digits, dots and dashes, as files are named after it',
  ],
  [{ ...wordCount, about: undefined }, '"about" must be a sentence'],
  [{ ...wordCount, cluster: {} }, '"cluster.jobManagers" is missing: it must be a whole number from 1'],
  [{ ...wordCount, job: {} }, '"job" must be what defineJob returns'],
  [{ ...wordCount, job: { graph: {}, program: {} } }, '"job" must be what defineJob returns'],
  [{ ...wordCount, input: [] }, '"input" must be a function that returns the topics'],
  [{ ...wordCount, faults: undefined }, '"faults" must be how often each kind is asked for ({} for none)'],
  [
    { ...wordCount, data: './words.jsonl' },
    '"data" must be a list of names, such as \'./orders.jsonl\' for a file beside the scenario',
  ],
  [
    { ...wordCount, options: { leaseMs: '500' } },
    '"options" must be numbers by name of option, and "leaseMs" is "500"',
  ],
  [{ ...wordCount, sim: [] }, '"sim" must be numbers by name of option'],
  [
    { ...wordCount, draw: { leaseMs: 500 } },
    '"draw" must be [smallest, largest] by name of option, and "leaseMs" is 500',
  ],
  [
    { ...wordCount, faults: { pause: null } },
    '"faults" must be how often each kind is asked for ({} for none), and "pause" is null',
  ],
  [
    { ...wordCount, aim: { pause: { role: 'job-manager' } } },
    '"aim" must be { roles: [\'job-manager\', \'task-manager\'], shortestMs, longestMs }, or a part of it, by kind of fault, and "pause" is {"role":"job-manager"}',
  ],
  [{ ...wordCount, atLeastFaults: '3' }, '"atLeastFaults" must be a whole number from 0'],
  [
    { ...wordCount, excuses: [{ fault: 'pause', phases: 'deploying' }] },
    '"excuses" must be a list of { fault, phases: [phase, …], because }',
  ],
  [{ ...wordCount, reference: 'yes' }, '"reference" must be true or false'],
  [{ ...wordCount, check: true }, '"check" must be a function of input and output that returns a sentence, or null'],
  [{ ...wordCount, sortBy: 'word' }, '"sortBy" must be a function of a value that returns a text'],
  [{ ...wordCount, real: 'tm-crash' }, '"real" must be { strike, times, options }, or a part of it'],
  [{ ...wordCount, real: { strikes: 'tm-crash' } }, '"real" has no "strikes": its parts are strike, times, options'],
  [{ ...wordCount, atLeastFault: 3 }, 'unknown field "atLeastFault", did you mean "atLeastFaults"?'],
  [wordCount, null],
])('the shape of a scenario: %#', (scenario, wrong) => {
  expect(findWrongShape(scenario)).toBe(wrong);
});
