// The planted bugs: each still fits the code that it is planted in, and says what it is. Looking for them takes hours, and is a command.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { readFound, readMutants } from '../../proofs/mutants/mutants.ts';
import { checkMutant } from '../../proofs/mutants/plant.ts';
import { mutantRows } from '../../proofs/mutants/run.ts';
import { packageFolder } from '../../src/layout.ts';

const mutants = readMutants();

test('each diff says what it plants, and applies', () => {
  expect(mutants.length).toBeGreaterThan(0);
  for (const mutant of mutants) {
    expect(mutant.planted, mutant.name).toMatch(/^[^\s-].*[^.]$/);
    checkMutant(mutant);
  }
});

test('the README has a row for each, as it was measured', () => {
  const readme = readFileSync(join(packageFolder, 'proofs', 'mutants', 'README.md'), 'utf8');
  for (const row of mutantRows(mutants, readFound())) expect(readme).toContain(`| ${row.join(' | ')} |`);
  expect(readFound().map(({ mutant }) => mutant)).toEqual(mutants.map(({ name }) => name));
});
