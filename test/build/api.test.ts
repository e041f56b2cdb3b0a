// docs/api.md is what the doc comments say today; they are complete; and what they show compiles and runs.
import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { missingIn } from '../../build/api/complete.ts';
import { examplesOf } from '../../build/api/examples.ts';
import { renderApi } from '../../build/api/markdown.ts';
import { readApi, type Comment, type EntryPoint } from '../../build/api/read-api.ts';
import { prepare } from '../../src/cli/sim/plan.ts';
import { runSeed } from '../../src/cli/sim/run-seed.ts';
import { packageFolder } from '../../src/layout.ts';

const api = readApi();
const examples = examplesOf(api);

test('every exported name has a doc comment, and what users write with says unit, default and an example', () => {
  expect(missingIn(api)).toEqual([]);
});

test('docs/api.md is current: `npm run docs` writes it', () => {
  expect(readFileSync(join(packageFolder, 'docs', 'api.md'), 'utf8')).toBe(renderApi(api));
});

test('every example compiles, and every scenario in one passes in the simulator', async () => {
  const folder = join(packageFolder, '.cache', `examples-${process.pid}`); // in the package, whose own name they import
  mkdirSync(folder, { recursive: true });
  try {
    for (const { name, text } of examples) writeFileSync(join(folder, `${name}.ts`), text);
    writeFileSync(
      join(folder, 'tsconfig.json'),
      JSON.stringify({ extends: '../../tsconfig.json', include: ['*.ts', '../../src/**/*.d.ts'] }),
    );
    expect(compile(folder)).toBe('');
    const scenarios = examples.filter(({ text }) => text.includes('export const scenario'));
    const verdicts: [name: string, verdict: string][] = [];
    for (const { name } of scenarios) verdicts.push([name, await verdictOf(join(folder, `${name}.ts`))]);
    expect(verdicts).toEqual(scenarios.map(({ name }) => [name, 'pass']));
  } finally {
    rmSync(folder, { recursive: true });
  }
  expect(examples.length).toBeGreaterThan(30);
});

async function verdictOf(scenario: string): Promise<string> {
  try {
    return runSeed(await prepare({ scenario, set: [], faults: 'scenario' }), 1).result.verdict;
  } catch (error) {
    return (error as Error).message;
  }
}

function compile(folder: string): string {
  const tsc = join(packageFolder, 'node_modules', 'typescript', 'bin', 'tsc');
  try {
    execFileSync(process.execPath, [tsc, '-p', folder], { encoding: 'utf8' });
    return '';
  } catch (error) {
    return (error as { stdout: string }).stdout;
  }
}

const says = (text: string, more: Partial<Comment> = {}): Comment => ({
  text,
  unit: null,
  default: null,
  parameters: [],
  examples: [],
  ...more,
});

test('what a doc comment lacks is named', () => {
  const wrong: EntryPoint = {
    name: 'millrace/scenario',
    names: [
      { name: 'bare', kind: 'function', signature: '', comment: says(''), members: [], file: 'a.ts' },
      {
        name: 'RealRun',
        kind: 'type',
        signature: '',
        comment: says('a'),
        file: 'b.ts',
        members: [
          { name: 'times', signature: 'readonly times?: number', isOptional: true, comment: says('') },
          {
            name: 'strike',
            signature: 'readonly strike?: string',
            isOptional: true,
            comment: says('a', { default: 'none', examples: ["strike: 'pause'"] }),
          },
        ],
      },
    ],
  };
  expect(missingIn([wrong])).toEqual([
    'a.ts: bare: it has no doc comment',
    'b.ts: RealRun.times: it has no doc comment',
    'b.ts: RealRun.times: it has no @default',
    'b.ts: RealRun.times: it has no @unit',
    'b.ts: RealRun.times: it has no @example',
  ]);
});
