// Arguments that belong to no option, and options that never arrive. `npm run sim --seed 42` arrives here as `42`, because npm keeps the
// options for itself: the refusal says what was probably meant. All pure: the environment is given.
import { commandWords } from '../layout.ts';
import type { OptionRow } from './arguments.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/** One sentence for arguments without an option, with the command line of `npm run <command>` that was probably meant. */
export function refuseBare(
  command: string,
  bare: readonly string[],
  words: readonly string[],
  kept: readonly string[] = [],
): string {
  const taken = bare.find((word) => words.includes(guessOption(word)));
  if (taken !== undefined) return `"${taken}" belongs to no option: ${guessOption(taken)} has its value already`;
  const meant = words.flatMap((word) => (bare.includes(word) ? [guessOption(word), word] : [word]));
  return `"${bare[0]}" belongs to no option, did you mean: ${commandWords(command)} ${[...meant, ...kept].join(' ')}`;
}

/** One sentence for options that npm kept for itself. */
export function refuseKept(command: string, words: readonly string[], kept: readonly string[]): string {
  const line = [...words, ...kept].join(' ');
  return `npm kept ${kept.join(' ')} for itself, did you mean: ${commandWords(command)} ${line}`;
}

/** Options that npm took from the command line of `npm run <command>`, as it leaves them in the environment. */
export function keptByNpm(command: string, rows: readonly OptionRow[], environment: Environment): readonly string[] {
  if (environment['npm_lifecycle_event'] !== command) return [];
  return rows.flatMap(({ name, value }) => {
    const kept = environment[`npm_config_${name.replaceAll('-', '_')}`];
    if (kept === undefined || npmsOwn.includes(name)) return [];
    if (kept === '') return rows.some((row) => row.name === `no-${name}`) ? [`--no-${name}`] : [];
    if (kept === 'true') return value === null ? [`--${name}`] : []; // its value is among the arguments
    return [`--${name} ${kept}`];
  });
}

/** npm has options of these names, which may be set for good. */
const npmsOwn = ['json', 'help'];

function guessOption(word: string): string {
  if (/^\d+$/.test(word)) return '--seed';
  if (/^\d*\.\.\d*$/.test(word)) return '--seeds';
  if (word.endsWith('.tape')) return '--replay';
  if (word.endsWith('.jsonl')) return '--trace';
  if (word.includes('=')) return '--set';
  if (word.includes(',')) return '--faults';
  return '--scenario';
}
