// The form of an interaction script: comments, and blocks of commands with what they must print.
//   # a story
//   a command with words and name=value
//   another command
//   ----
//   what both print, up to an empty line

export interface Command {
  readonly text: string;
  /** Of the file, from 1. */
  readonly line: number;
  readonly words: readonly string[];
  readonly settings: ReadonlyMap<string, string>;
}

interface Block {
  readonly commands: readonly Command[];
  readonly source: readonly string[];
}

const SEPARATOR = '----';

/** The text of the script with what its commands print now. An error names the line that it comes from. */
export function runScript(text: string, run: (command: Command) => readonly string[]): string {
  const parts = parse(text).map((part) => (typeof part === 'string' ? part : renderBlock(part, run)));
  return `${parts.join('\n').trimEnd()}\n`;
}

function renderBlock({ commands, source }: Block, run: (command: Command) => readonly string[]): string {
  const printed = commands.flatMap((command) => {
    try {
      return run(command);
    } catch (error) {
      throw new Error(`line ${command.line}: ${command.text}: ${(error as Error).message}`, { cause: error });
    }
  });
  return [...source, SEPARATOR, ...(printed.length === 0 ? ['nothing'] : printed), ''].join('\n');
}

/** Blocks; comments and empty lines between them as they are. What was expected is left out. */
function parse(text: string): readonly (Block | string)[] {
  const parts: (Block | string)[] = [];
  let block: { commands: Command[]; source: string[] } | null = null;
  let isExpected = false;
  for (const [index, line] of text.split('\n').entries()) {
    if (isExpected) {
      if (line === '') isExpected = false;
    } else if (line === SEPARATOR) {
      if (block === null) throw new Error(`line ${index + 1}: ${SEPARATOR} without a command before it`);
      parts.push(block);
      block = null;
      isExpected = true;
    } else if (line.startsWith('#') || line === '') {
      if (block === null) parts.push(line);
      else block.source.push(line);
    } else {
      block ??= { commands: [], source: [] };
      block.source.push(line);
      block.commands.push(parseCommand(line, index + 1));
    }
  }
  if (block !== null) throw new Error(`the last block has no ${SEPARATOR}`);
  return parts;
}

function parseCommand(text: string, line: number): Command {
  const tokens = text.split(/\s+/).filter((token) => token !== '');
  const settings = tokens.filter((token) => token.includes('=')).map((token) => token.split('=') as [string, string]);
  return { text, line, words: tokens.filter((token) => !token.includes('=')), settings: new Map(settings) };
}
