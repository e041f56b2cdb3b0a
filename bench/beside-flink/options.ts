// The words behind `--beside-flink`: what of it is measured, and for how long.
import { UsageError } from '../../src/cli/exit-codes.ts';
import { LATENCY, workNames, type WorkName } from './works.ts';

export interface BesideOptions {
  /** Null: all. */
  readonly only: WorkName | typeof LATENCY | null;
  /** Windows of each side, in turn. */
  readonly pairs: number;
  /** Length of a window. */
  readonly seconds: number;
  /** Of each side, before it has to be level. */
  readonly warmUpSeconds: number;
}

export interface BesideWords {
  readonly only?: string | undefined;
  readonly pairs?: string | undefined;
  readonly seconds?: string | undefined;
  readonly 'warm-up'?: string | undefined;
}

export const besideWords = ['only', 'pairs', 'seconds', 'warm-up'] as const satisfies (keyof BesideWords)[];

const PAIRS = 3;
const SECONDS = 5;
const WARM_UP_SECONDS = 20;

export function readBesideOptions(words: BesideWords): BesideOptions {
  return {
    only: readName(words.only),
    pairs: readWhole('pairs', words.pairs ?? String(PAIRS), 1, 100),
    seconds: readWhole('seconds', words.seconds ?? String(SECONDS), 1, 600),
    warmUpSeconds: readWhole('warm-up', words['warm-up'] ?? String(WARM_UP_SECONDS), 0, 600),
  };
}

function readName(word: string | undefined): BesideOptions['only'] {
  const names = [...workNames, LATENCY] as const;
  if (word === undefined) return null;
  const name = names.find((other) => other === word);
  if (name === undefined) throw new UsageError(`--only ${word}: there is no such work; there are ${names.join(', ')}`);
  return name;
}

function readWhole(option: string, word: string, min: number, max: number): number {
  const number = Number(word);
  if (!/^\d+$/.test(word) || number < min || number > max)
    throw new UsageError(`--${option} ${word}: expected a whole number from ${min} to ${max}`);
  return number;
}
