// `npx millrace` in a checkout: the program on the installed Node, its words, its exit code, and signals that reach it.
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { packageFolder } from '../../src/layout.ts';

const manifest = JSON.parse(readFileSync(join(packageFolder, 'package.json'), 'utf8')) as {
  readonly bin: { readonly millrace: string };
};
const bin = join(packageFolder, manifest.bin.millrace);
const folder = mkdtempSync(join(tmpdir(), 'millrace-bin-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test('runs the program, with its words and its exit code', () => {
  const told = spawnSync(process.execPath, [bin, '--version'], { encoding: 'utf8' });
  expect([told.status, told.stdout]).toEqual([
    0,
    expect.stringMatching(/^millrace \d+\.\d+\.\d+, commit .*, Node 26\./),
  ]);
  const refused = spawnSync(process.execPath, [bin, 'run', join(folder, 'none.ts')], { encoding: 'utf8' });
  expect([refused.status, refused.stderr]).toEqual([2, expect.stringContaining('none.ts')]);
});

test('hands SIGTERM on, and ends as the program does', async () => {
  const places = ['ha', 'storage', 'sinks', 'work'].flatMap((name) => [`--${name}`, join(folder, name)]);
  const child = spawn(process.execPath, [bin, 'jobmanager', ...places], { stdio: ['ignore', 'pipe', 'ignore'] });
  await once(child.stdout, 'data'); // its greeting
  child.kill('SIGTERM');
  expect(await once(child, 'exit')).toEqual([0, null]);
});
