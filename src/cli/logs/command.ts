// `millrace logs`: what the processes of a cluster told, merged by time.
import { existsSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { unknownName } from '../../core/base/options.ts';
import { clusterFolder, type ClusterFolder } from '../../net-real/cluster-folder.ts';
import {
  formatJson,
  formatText,
  isLogged,
  logLevels,
  type LogLevel,
  type LogRecord,
} from '../../net-real/log/record.ts';
import type { OptionRow } from '../arguments.ts';
import { helpText } from '../help.ts';
import { restRows } from '../client/options.ts';
import { placeOf } from '../client/place.ts';
import { Unreached } from '../client/cluster-client.ts';
import { RestError } from '../../rest/rest-error.ts';
import { readConfigured, withDefault, type ReadLine } from '../cluster/read-cluster.ts';
import { configRow } from '../config/command.ts';
import { loadConfiguration } from '../config/load.ts';
import { exitCodes, UsageError, type ExitCode } from '../exit-codes.ts';
import { fromUser, shownPath } from '../files.ts';
import type { Terminal } from '../terminal.ts';
import { tailRest } from './rest-logs.ts';
import { namesIn, tailLogs } from './log-tail.ts';

const REST_ABOUT =
  'of a JobManager: its log, and those of the TaskManagers, are asked for there, in place of the folder; may be repeated: of each JobManager its own';

const rows: readonly OptionRow[] = [
  withDefault('cluster'),
  { name: 'follow', value: null, about: 'or -f: go on with what is told from now on' },
  {
    name: 'level',
    value: 'LEVEL',
    about: `the least grave that is shown: ${logLevels.join(', ')}; default: all that was told`,
  },
  { name: 'json', value: null, about: 'lines as JSON' },
  ...restRows.map((row) => (row.name === 'rest' ? { ...row, about: REST_ABOUT } : row)),
  configRow,
  { name: 'help', value: null, about: 'this text' },
];

const LOOK_MS = 200;
const REST_LOOK_MS = 1_000;

export async function logsCommand(words: readonly string[], terminal: Terminal): Promise<ExitCode> {
  const read = readConfigured(rows, words, loadConfiguration);
  if (!read.ok) throw new UsageError(read.reason);
  if (read.value === null) {
    terminal.line(help());
    return exitCodes.pass;
  }
  const { line, given, valueOf } = read.value;
  const level = levelOf(line.options.get('level')?.[0] ?? 'debug');
  const [name = null, ...more] = line.bare;
  if (more.length > 0) throw new UsageError(`logs takes one NAME of a process, and was given ${line.bare.length}`);
  const format = line.options.has('json') ? formatJson : formatText;
  const show = (records: readonly LogRecord[]): void => {
    for (const record of records) if (isLogged(record.level, level)) terminal.line(format(record));
  };
  const isOver = { now: !line.options.has('follow') };
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => (isOver.now = true));
  if (given.options.has('rest')) return showRest(read.value, { name, show, isOver, terminal });
  const useless = ['token-file', 'timeout'].find((one) => line.options.has(one));
  if (useless !== undefined)
    throw new UsageError(`--${useless} is about REST, and --rest URL does not say where that is`);
  const folder = clusterFolder(fromUser(valueOf('cluster')));
  checkLogs(folder, name);
  const tail = tailLogs(folder.logs, name);
  show(tail.read());
  while (!isOver.now) {
    await sleep(LOOK_MS);
    show(tail.read());
  }
  return exitCodes.pass;
}

interface Showing {
  readonly name: string | null;
  readonly show: (records: readonly LogRecord[]) => void;
  readonly isOver: { now: boolean };
  readonly terminal: Terminal;
}

async function showRest({ given }: ReadLine, { name, show, isOver, terminal }: Showing): Promise<ExitCode> {
  const configuration = loadConfiguration(given.options.get('config')?.[0] ?? null);
  if (!configuration.ok) throw new UsageError(configuration.reason);
  const complain = (sentence: string): void => terminal.complain(`millrace: ${sentence}`);
  const tail = tailRest(placeOf(given, configuration.value), name, complain);
  let isAnswered = false;
  let isLost = false;
  do {
    if (isAnswered) await sleep(REST_LOOK_MS);
    try {
      show(await tail.read());
      isLost = false;
    } catch (error) {
      if (!(error instanceof RestError || error instanceof Unreached)) throw error;
      if (!isLost) complain(error.message);
      if (!isAnswered) return error instanceof RestError ? exitCodes.correctness : exitCodes.liveness;
      isLost = true;
    }
    if (!isAnswered && name !== null && !tail.names().includes(name))
      throw new UsageError(unknownName('process', name, tail.names()));
    isAnswered = true;
  } while (!isOver.now);
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
  return helpText({
    command: 'logs',
    words: '[NAME]',
    about: 'What the processes of a cluster told, or the one that has the NAME, merged by time.',
    options: rows,
    exits: {
      0: 'shown',
      1: 'the cluster refused',
      2: 'there is no such cluster or process, or the command line is wrong',
      3: 'no JobManager answered in time',
    },
  });
}
