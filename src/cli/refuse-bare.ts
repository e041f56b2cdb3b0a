// Arguments that belong to no option. `npm run sim --seed 42` arrives here as `42`, because npm keeps the options for itself: the
// refusal says what was probably meant.

/** One sentence for arguments without an option, with the command line of `npm run <command>` that was probably meant. */
export function refuseBare(command: string, bare: readonly string[], words: readonly string[]): string {
  const meant = words.flatMap((word) => (bare.includes(word) ? [guessOption(word), word] : [word]));
  return `"${bare[0]}" belongs to no option, did you mean: npm run ${command} -- ${meant.join(' ')}`;
}

function guessOption(word: string): string {
  if (/^\d+$/.test(word)) return '--seed';
  if (/^\d*\.\.\d*$/.test(word)) return '--seeds';
  if (word.endsWith('.tape')) return '--replay';
  if (word.endsWith('.jsonl')) return '--trace';
  if (word.includes('=')) return '--set';
  if (word.includes(',')) return '--faults';
  return '--scenario';
}
