// Where the command line speaks: lines on stdout, complaints on stderr, and one line of progress that only a terminal shows.
import { Console } from 'node:console';

export { count, formatNumber, formatSeconds } from '../core/base/amounts.ts';

export interface Terminal {
  line(text: string): void;
  complain(text: string): void;
  /** Replaces the line of progress; an empty text takes it away. Does nothing in a pipe. */
  progress(text: string): void;
}

/** What code of users prints goes to stderr from now on: stdout is for one JSON object, which a Terminal made before writes. */
export function keepStdoutClean(): void {
  globalThis.console = new Console(process.stderr, process.stderr);
  process.stdout.write = process.stderr.write.bind(process.stderr);
}

const PROGRESS_INTERVAL_MS = 100; // as often as an eye can read it

const BROKEN_PIPE_EXIT_CODE = 141; // what a shell says of a process that SIGPIPE ended

export function processTerminal(): Terminal {
  // `| head` has read enough: that is no error of anybody.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
    process.exit(BROKEN_PIPE_EXIT_CODE);
  });
  const write = process.stdout.write.bind(process.stdout);
  const isShown = process.stderr.isTTY && process.stdout.isTTY;
  let shown = '';
  let shownAt = 0;
  const show = (text: string): void => {
    if (text === shown) return;
    process.stderr.write(`\r\u001b[2K${text}`);
    shown = text;
  };
  return {
    line(text) {
      if (shown !== '') show('');
      write(`${text}\n`);
    },
    complain(text) {
      if (shown !== '') show('');
      process.stderr.write(`${text}\n`);
    },
    progress(text) {
      const now = performance.now();
      if (!isShown || (text !== '' && now - shownAt < PROGRESS_INTERVAL_MS)) return;
      shownAt = now;
      show(text.slice(0, (process.stderr.columns || 80) - 1));
    },
  };
}

/** What a terminal shows without breaking lines, and a person reads with ease. */
const LINE_WIDTH = 100;

/** A head, and a text beside it that is broken between words; a word that is too long stays whole. */
export function wrapText(head: string, text: string): string {
  const lines: string[] = [];
  let line = head;
  let isFirst = true;
  for (const word of text.split(' ')) {
    if (!isFirst && line.length + 1 + word.length > LINE_WIDTH) {
      lines.push(line);
      line = ' '.repeat(head.length) + word;
    } else {
      line += (isFirst ? '' : ' ') + word;
    }
    isFirst = false;
  }
  return [...lines, line].join('\n');
}

/** Rows of cells as aligned columns: the first to the left, the others to the right. */
export function formatTable(rows: readonly (readonly string[])[], gap = 2): string[] {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => (row[column] ?? '').length)));
  const align = (cell: string, column: number): string =>
    column === 0 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0);
  return rows.map((row) => row.map(align).join(' '.repeat(gap)).trimEnd());
}
