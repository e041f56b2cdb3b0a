// `millrace report`: from a trace file to one HTML file.
import { basename, join } from 'node:path';
import { commandWords, OUTPUT_PLACE } from '../../layout.ts';
import { readArguments } from '../arguments.ts';
import type { OptionRow } from '../arguments.ts';
import { renderReport } from '../../../reports/html/report.ts';
import { readTrace } from '../../run/read-trace.ts';
import type { Trace } from '../../run/trace.ts';
import { exitCodes, UsageError } from '../exit-codes.ts';
import { helpText } from '../help.ts';
import type { ExitCode } from '../exit-codes.ts';
import { fromUser, outputFolder, readWhole, shownPath, toUser, writeWhole } from '../files.ts';
import type { Terminal } from '../terminal.ts';

const reportOptions: readonly OptionRow[] = [
  { name: 'out', value: 'FILE', about: `where to write it; default ${OUTPUT_PLACE}/<name of the trace>.html` },
  { name: 'help', value: null, about: 'this text' },
];

const help = (): string =>
  helpText({
    command: 'report',
    words: 'TRACE',
    about: `Makes one HTML file of a trace: the run as a diagram of processes and messages over time.
--trace FILE of "${commandWords('sim')}" or "${commandWords('real')}" writes a trace.`,
    options: reportOptions,
    exits: { 0: 'written' },
  });

export async function reportCommand(words: readonly string[], terminal: Terminal): Promise<ExitCode> {
  const line = readArguments(reportOptions, words);
  if (!line.ok) throw new UsageError(line.reason);
  const { options, bare } = line.value;
  if (options.has('help')) {
    terminal.line(help());
    return exitCodes.pass;
  }
  const [file, ...others] = bare;
  if (file === undefined) throw new UsageError(`which trace? ${commandWords('report')} TRACE`);
  if (others.length > 0) throw new UsageError(`one trace at a time: what is ${others.join(' ')}?`);
  const trace = loadTrace(fromUser(file));
  const out = options.get('out')?.[0];
  const path = out === undefined ? join(outputFolder, `${basename(file).replace(/\.[^.]*$/, '')}.html`) : toUser(out);
  writeWhole(path, await renderReport(trace));
  terminal.line(shownPath(path));
  return exitCodes.pass;
}

function loadTrace(path: string): Trace {
  const trace = readTrace(readWhole(path, 'trace'));
  if (!trace.ok) throw new UsageError(`${shownPath(path)}, ${trace.reason}`);
  return trace.value;
}
