// The lines of a report: a label, and what there is to say.
import { wrapText } from './terminal.ts';

const LABEL_WIDTH = 13;

/** A labelled line that is copied, so it is never broken. */
export function commandLine(name: string, text: string): string {
  return name.padEnd(LABEL_WIDTH) + text;
}

/** A labelled line, broken between words where it is long. */
export function fact(name: string, text: string): string {
  return wrapText(name.padEnd(LABEL_WIDTH), text);
}
