// Words of a command line that is to be copied.

/** A word as a shell takes it. */
export function quote(word: string): string {
  return /^[\w./,=@:+-]+$/.test(word) ? word : `'${word.replaceAll("'", String.raw`'\''`)}'`;
}
