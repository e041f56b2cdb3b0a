// What is found is what the files say: a line that ends in `!rule` is found by that rule, and nothing else is. All files are read once.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { codeFolder } from '../../../src/layout.ts';
import { lintFile } from '../../../src/cli/lint/lint.ts';
import type { LintResult } from '../../../src/cli/lint/lint.ts';
import { loadProgram } from '../../../src/cli/lint/project.ts';
import { ruleNames } from '../../../src/cli/lint/rules.ts';
import { scenarioNames } from '../../../src/cli/scenario/scenario-file.ts';

const here = import.meta.dirname;
const filesIn = (folder: string): string[] => readdirSync(join(here, folder)).filter((name) => name.endsWith('.ts'));
const fixtures = ['found', 'not-found'].flatMap((folder) => filesIn(folder).map((name) => join(folder, name)));
const planted = filesIn('planted').map((name) => join('planted', name));
/** What slipped through once. */
const slipped = filesIn('slipped').map((name) => join('slipped', name));
const clean = filesIn('clean').map((name) => join('clean', name));

const scenarios = scenarioNames.map((name) => join(codeFolder, 'scenarios', `${name}.ts`));
const machines = [
  'src/core/client/client.ts',
  'src/core/jobmanager/job-manager.ts',
  'src/core/taskmanager/task-manager.ts',
  'test/sim/toys/lock-server.ts',
].map((path) => join(codeFolder, path));

let lint: (path: string) => LintResult;

beforeAll(() => {
  const own = [...fixtures, ...planted, ...slipped, ...clean].map((path) => join(here, path));
  const program = loadProgram([...own, ...scenarios, ...machines]);
  lint = (path) => lintFile(program, path);
});

/** `file:line rule` of what is found, by name of the file. */
function found(path: string): string[] {
  return lint(path).findings.map(({ file, line, rule }) => `${file.slice(here.length + 1)}:${line} ${rule}`);
}

/** The same as the files say it: the file itself, and all that it imports from beside it. */
function expected(path: string): string[] {
  const text = readFileSync(join(here, path), 'utf8');
  const marks = text
    .split('\n')
    .flatMap((line, index) =>
      [...line.matchAll(/!([\w-]+)\b/g)]
        .filter(([, rule]) => isRule(rule as string))
        .map(([, rule]) => `${path}:${index + 1} ${rule}`),
    );
  const imports = [...text.matchAll(/from '\.\/([^']+)'/g)].flatMap(([, name]) =>
    expected(join(path, '..', name as string)),
  );
  return [...new Set([...marks, ...imports])].sort();
}

function isRule(word: string): boolean {
  return ruleNames.includes(word) || word === 'suppression';
}

test('every rule has a fixture of both kinds', () => {
  for (const folder of ['found', 'not-found']) {
    expect(filesIn(folder).sort()).toEqual([...ruleNames, 'suppression'].map((rule) => `${rule}.ts`).sort());
  }
});

test.each(fixtures)('%s', (path) => {
  const marks = expected(path);
  expect(marks.length > 0).toBe(path.startsWith('found'));
  expect(found(join(here, path)).sort()).toEqual(marks);
});

test.each(scenarios)('nothing is found in the scenario %s, and every call is followed', (path) => {
  const { findings, notFollowed, functions } = lint(path);
  expect(findings).toEqual([]);
  expect(notFollowed).toEqual([]);
  expect(functions.length).toBeGreaterThan(2);
});

test.each(machines)('nothing is found in the machine %s', (path) => {
  const { findings, functions } = lint(path);
  expect(findings).toEqual([]);
  const names = functions.map(({ name }) => name);
  expect(names.filter((name) => !name.startsWith('machine, relative.'))).toEqual(
    ['create', 'step', 'wakeAt', 'hasWork', 'checkInvariants'].map((name) => `machine, ${name}`),
  );
});

test('twenty jobs are planted, and more are clean', () => {
  expect([planted.length, clean.length]).toEqual([20, 22]);
});

test.each([...planted, ...slipped])('%s', (path) => {
  const marks = expected(path);
  expect(marks.length).toBeGreaterThan(0);
  expect(found(join(here, path)).sort()).toEqual(marks);
});

test.each(clean)('%s', (path) => {
  const { findings, notFollowed, functions } = lint(join(here, path));
  expect(findings).toEqual([]);
  expect(notFollowed).toEqual([]);
  expect(functions.length).toBeGreaterThan(0);
});
