// Reads a tape line by line. The first thing that is wrong ends the reading, with its line number.
import { splitLine } from './tape-words.ts';
import type { SplitLine } from './tape-words.ts';

/** Thrown inside of this reader only; `readTape` turns it into a value. */
class Refusal extends Error {}

export class LineReader {
  readonly #lines: readonly string[];
  #at = 0; // the line that is read next; what was read last is the line before it
  #refusal: string | null = null;

  constructor(text: string) {
    this.#lines = text.split(/\r?\n/);
  }

  /** Why the reading ended, if it did. */
  refusal(): string | null {
    return this.#refusal;
  }

  /** Refuses the line that was read last. */
  refuse(reason: string, line: number = Math.max(1, this.#at)): never {
    this.#refusal = `line ${line}: ${reason}`;
    throw new Refusal(this.#refusal);
  }

  /** Whether the next line begins with this keyword. */
  next(keyword: string): boolean {
    const line = this.#lines[this.#at] ?? '';
    return line === keyword || line.startsWith(`${keyword} `);
  }

  /** The words behind a keyword, which must be as many. */
  words(keyword: string, count: number): string[] {
    const words = this.anyWords(keyword);
    if (words.length !== count) this.refuse(`expected ${count} words behind "${keyword}", found ${words.length}`);
    return words;
  }

  anyWords(keyword: string): string[] {
    if (!this.next(keyword))
      this.refuse(`expected "${keyword}", found ${describeLine(this.#lines[this.#at])}`, this.#at + 1);
    return this.free(keyword).words.slice(1);
  }

  number(keyword: string): number {
    return this.#wholeNumber(this.words(keyword, 1)[0] ?? '');
  }

  /** One or more. */
  numbers(keyword: string): number[] {
    const words = this.anyWords(keyword);
    return (words.length === 0 ? [''] : words).map((word) => this.#wholeNumber(word));
  }

  /** All lines of this keyword: `keyword name number`. */
  table(keyword: string): Record<string, number> {
    const table: Record<string, number> = {};
    while (this.next(keyword)) {
      const [name, value] = this.words(keyword, 2) as [string, string];
      if (Object.hasOwn(table, name)) this.refuse(`${keyword} ${name} is there twice`);
      table[name] = this.#wholeNumber(value);
    }
    return table;
  }

  /** The next line, whatever it begins with. */
  free(what: string): SplitLine {
    const line = this.#lines[this.#at];
    this.#at += 1;
    if (line === undefined || (line === '' && this.#at === this.#lines.length))
      this.refuse(`the tape ends where ${what} was expected`);
    const split = splitLine(line);
    if ('badColumn' in split) this.refuse(`column ${split.badColumn} cannot be read`);
    return split;
  }

  expectEnd(): void {
    const rest = this.#lines.slice(this.#at).findIndex((line) => line.trim() !== '');
    if (rest >= 0) this.refuse('nothing was expected behind "end"', this.#at + rest + 1);
  }

  #wholeNumber(text: string): number {
    const value = /^\d+$/.test(text) ? Number(text) : Number.NaN;
    if (!Number.isSafeInteger(value)) this.refuse(`expected a whole number, found "${text}"`);
    return value;
  }
}

function describeLine(line: string | undefined): string {
  if (line === undefined || line === '') return 'nothing';
  return JSON.stringify(line.length > 40 ? `${line.slice(0, 40)}…` : line);
}
