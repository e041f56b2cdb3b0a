// The mutants of this folder, and what was found of them when they were last planted.
import { existsSync, globSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { writeWhole } from '../../src/cli/files.ts';
import { packageFolder } from '../../src/layout.ts';

const mutantsFolder = join(packageFolder, 'proofs', 'mutants');

export interface Mutant {
  /** Number in the catalogue of mutants, and what is wrong. */
  readonly name: string;
  /** A clause: what is planted. */
  readonly planted: string;
  /** The path of its diff. */
  readonly file: string;
}

export function readMutants(): readonly Mutant[] {
  const files = globSync('*.diff', { cwd: mutantsFolder }).toSorted();
  return files.map((name) => {
    const file = join(mutantsFolder, name);
    const [planted = ''] = readFileSync(file, 'utf8').split('\n', 1);
    return { name: basename(name, '.diff'), planted, file };
  });
}

/** What one search came to. */
export interface Searched {
  readonly name: string;
  readonly outcome: 'complete' | 'violated' | 'stopped';
  /** What is wrong, or null. */
  readonly sentence: string | null;
  readonly states: number;
  readonly cpuMs: number;
}

export interface Swept {
  readonly scenario: string;
  /** The last seed that was run. */
  readonly last: number;
  /** The first that failed, or null. */
  readonly seed: number | null;
  readonly sentence: string | null;
}

export interface Found {
  readonly mutant: string;
  /** Up to the first that found it. */
  readonly searched: readonly Searched[];
  /** Null: not yet. */
  readonly swept: Swept | null;
}

const foundFile = join(mutantsFolder, 'found.json');

export function readFound(): readonly Found[] {
  return existsSync(foundFile) ? (JSON.parse(readFileSync(foundFile, 'utf8')) as Found[]) : [];
}

/** Takes the place of what was known of the same mutant. */
export function keepFound(found: Found): void {
  const others = readFound().filter(({ mutant }) => mutant !== found.mutant);
  const all = [...others, found].toSorted((a, b) => (a.mutant < b.mutant ? -1 : 1));
  writeWhole(foundFile, `${JSON.stringify(all, null, 2)}\n`);
}
