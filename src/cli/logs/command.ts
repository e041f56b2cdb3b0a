// `millrace logs`: what the processes of a cluster told, merged by time.
import { existsSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { unknownName } from '../../core/base/options.ts';
import { commandWords } from '../../layout.ts';
import { clusterFolder, type ClusterFolder } from '../../net-real/cluster-folder.ts';
import {
  formatJson,
  formatText,
  isLogged,
  logLevels,
  type LogLevel,
  type LogRecord,
} from '../../net-real/log/record.ts';
import { describeOptions, type OptionRow } from '../arguments.ts';
import { readConfigured, withDefault } from '../cluster/read-cluster.ts';
import { configRow } from '../config/command.ts';
import { loadConfiguration } from '../config/load.ts';
import { exitCodes, UsageError, type ExitCode } from '../exit-codes.ts';
import { fromUser, shownPath } from '../files.ts';
import type { Terminal } from '../terminal.ts';
import { namesIn, tailLogs } from './log-tail.ts';

const rows: readonly OptionRow[] = [
  withDefault('cluster'),
  { name: 'follow', value: null, about: 'or -f: go on with what is told from now on' },
  {
    name: 'level',
    value: 'LEVEL',
    about: `the least grave that is shown: ${logLevels.join(', ')}; default: all that was told`,
  },
  { name: 'json', value: null, about: 'lines as JSON' },
  configRow,
  { name: 'help', value: null, about: 'this text' },
];

const LOOK_MS = 200;

export async function logsCommand(words: readonly string[], terminal: Terminal): Promise<ExitCode> {
  const read = readConfigured(rows, words, loadConfiguration);
  if (!read.ok) throw new UsageError(read.reason);
  if (read.value === null) {
    terminal.line(help());
    return exitCodes.pass;
  }
  const { line, valueOf } = read.value;
  const level = levelOf(line.options.get('level')?.[0] ?? 'debug');
  const folder = clusterFolder(fromUser(valueOf('cluster')));
  const [name = null, ...more] = line.bare;
  if (more.length > 0) throw new UsageError(`logs takes one NAME of a process, and was given ${line.bare.length}`);
  checkLogs(folder, name);
  const format = line.options.has('json') ? formatJson : formatText;
  const tail = tailLogs(folder.logs, name);
  const show = (records: readonly LogRecord[]): void => {
    for (const record of records) if (isLogged(record.level, level)) terminal.line(format(record));
  };
  show(tail.read());
  const isOver = { now: !line.options.has('follow') };
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => (isOver.now = true));
  while (!isOver.now) {
    await sleep(LOOK_MS);
    show(tail.read());
  }
  return exitCodes.pass;
}

function levelOf(text: string): LogLevel {
  const level = logLevels.find((one) => one === text);
  if (level === undefined) throw new UsageError(`--level ${text}: ${unknownName('level', text, logLevels)}`);
  return level;
}

function checkLogs({ root, logs }: ClusterFolder, name: string | null): void {
  if (!existsSync(root))
    throw new UsageError(`there is no folder ${shownPath(root)}: name that of a cluster with --cluster`);
  const names = namesIn(logs);
  if (names.length === 0)
    throw new UsageError(`no process has told anything in ${shownPath(root)} yet: is it the folder of a cluster?`);
  if (name !== null && !names.includes(name))
    throw new UsageError(`${unknownName('process', name, names)} (in ${shownPath(logs)})`);
}

function help(): string {
  return `${commandWords('logs')} [NAME] [options]

What the processes of a cluster told, or the one that has the NAME, merged by time.

exit codes: 0 shown, 2 there is no such cluster or process

${describeOptions(rows)}
`;
}
