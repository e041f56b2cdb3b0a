// What `--help` of each command tells, in one form: how it is called, what it does, its options, its exit codes, and whatever else belongs to it.
import { clusterOptionTable } from '../core/protocol/cluster-options.ts';
import { commandWords } from '../layout.ts';
import { describeOptions, describeTable, type OptionRow } from './arguments.ts';
import { exitCodes, type ExitCode } from './exit-codes.ts';
import { wrapText } from './terminal.ts';

/** By exit code. 2 and 70 are told of each command, in words of its own or in those of all. */
export type Exits = Readonly<Partial<Record<ExitCode, string>>>;

export interface Help {
  readonly command: string;
  /** What stands behind the command, as in `FILE`; '': nothing but options. */
  readonly words: string;
  /** Paragraphs. A line that begins with a space stays as it is. */
  readonly about: string;
  readonly options: readonly OptionRow[];
  readonly exits: Exits;
  /** Further paragraphs, between options and exit codes and behind them. */
  readonly between?: readonly string[];
  readonly behind?: readonly string[];
}

export function helpText({ command, words, about, options, exits, between = [], behind = [] }: Help): string {
  const call = [commandWords(command), words, '[options]'].filter((word) => word !== '').join(' ');
  return `${[call, ...about.split('\n\n').map(flow), describeOptions(options), ...between, describeExits(exits), ...behind].join('\n\n')}\n`;
}

const OF_ALL: Exits = {
  [exitCodes.usage]: 'the command line, or a file that it names, cannot be followed',
  [exitCodes.internal]: 'an error of the tool itself',
};

export function describeExits(exits: Exits): string {
  const all = Object.entries({ ...OF_ALL, ...exits });
  const width = Math.max(...all.map(([code]) => code.length));
  return ['Exit codes', ...all.map(([code, about]) => wrapText(`  ${code.padEnd(width)}  `, about))].join('\n');
}

/** What `--set` of a cluster can set. */
export function clusterOptionsHelp(): string {
  return `Options of a cluster for --set, with their defaults\n${describeTable(clusterOptionTable)}`;
}

function flow(paragraph: string): string {
  const flowed: string[] = [];
  for (const line of paragraph.split('\n')) {
    const last = flowed.at(-1);
    if (last === undefined || line.startsWith(' ') || last.startsWith(' ')) flowed.push(line);
    else flowed[flowed.length - 1] = `${last} ${line}`;
  }
  return flowed.map((line) => (line.startsWith(' ') ? line : wrapText('', line))).join('\n');
}
