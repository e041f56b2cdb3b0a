// A copy of the checkout in which one mutant at a time is planted. Nothing is ever planted in the checkout itself.
import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { outputFolder } from '../../src/cli/files.ts';
import { packageFolder } from '../../src/layout.ts';
import type { Mutant } from './mutants.ts';

/** All that a run loads, and package.json, by which it knows where it is. */
const COPIED = ['src', 'scenarios', 'examples', 'reports', 'package.json'];

/** @param use is given its folder, which is gone afterwards */
export async function withCopy(use: (folder: string) => Promise<void>): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'millrace-mutants-'));
  try {
    for (const name of COPIED) cpSync(join(packageFolder, name), join(folder, name), { recursive: true, filter });
    symlinkSync(join(packageFolder, 'node_modules'), join(folder, 'node_modules'));
    await use(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const filter = (path: string): boolean => path !== outputFolder;

export async function withMutant(folder: string, mutant: Mutant, use: () => Promise<void>): Promise<void> {
  applyDiff(folder, mutant, []);
  try {
    await use();
  } finally {
    applyDiff(folder, mutant, ['--reverse']);
  }
}

/** Throws if the diff does not apply. */
export function checkMutant(mutant: Mutant): void {
  applyDiff(packageFolder, mutant, ['--check']);
}

function applyDiff(folder: string, { name, file }: Mutant, options: readonly string[]): void {
  const git = spawnSync('git', ['apply', ...options, file], { cwd: folder, encoding: 'utf8' });
  if (git.status !== 0) throw new Error(`the mutant ${name} does not apply: ${git.error?.message ?? git.stderr}`);
}
