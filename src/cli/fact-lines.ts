// The lines of a report: a label, and what there is to say.

const LABEL_WIDTH = 13;
const LINE_WIDTH = 120;

/** A labelled line that is copied, so it is never broken. */
export function commandLine(name: string, text: string): string {
  return name.padEnd(LABEL_WIDTH) + text;
}

/** A labelled line, broken between words where it is long. */
export function fact(name: string, text: string): string {
  const lines: string[] = [];
  let line = name.padEnd(LABEL_WIDTH);
  let isFirst = true;
  for (const word of text.split(' ')) {
    if (!isFirst && line.length + 1 + word.length > LINE_WIDTH) {
      lines.push(line);
      line = ' '.repeat(LABEL_WIDTH) + word;
    } else {
      line += (isFirst ? '' : ' ') + word;
    }
    isFirst = false;
  }
  return [...lines, line].join('\n');
}
