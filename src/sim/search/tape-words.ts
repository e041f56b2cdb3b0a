// Words of a line of a tape: plain where they can be, quoted as JSON strings where they hold what would end a word.

const PLAIN = /^[^\s"#]+$/;
/** A plain word, a JSON string, or a comment that ends the line. */
const TOKEN = /\s*(?:("(?:[^"\\]|\\.)*")|#\s?(.*)$|([^\s"#]+))/y;

export function quoteWord(word: string): string {
  return PLAIN.test(word) ? word : JSON.stringify(word);
}

export interface SplitLine {
  readonly words: readonly string[];
  readonly comment: string | null;
}

/** The words and the comment of a line, or the column (from 1) at which it cannot be read. */
export function splitLine(line: string): SplitLine | { readonly badColumn: number } {
  const words: string[] = [];
  let at = 0;
  while (line.slice(at).trim() !== '') {
    TOKEN.lastIndex = at;
    const match = TOKEN.exec(line);
    if (match === null) return { badColumn: columnOfWord(line, at) };
    if (match[2] !== undefined) return { words, comment: match[2] };
    const word = match[1] === undefined ? match[3] : unquote(match[1]);
    if (word === undefined) return { badColumn: columnOfWord(line, at) };
    words.push(word);
    at = TOKEN.lastIndex;
  }
  return { words, comment: null };
}

function columnOfWord(line: string, at: number): number {
  return line.length - line.slice(at).trimStart().length + 1;
}

function unquote(quoted: string): string | undefined {
  try {
    return JSON.parse(quoted) as string;
  } catch {
    return undefined; // an escape that JSON does not know
  }
}
