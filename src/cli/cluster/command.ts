// `millrace cluster`: a local cluster in the foreground, until it is told to end.
import { clusterOptionsHelp, helpText } from '../help.ts';
import { loadConfiguration } from '../config/load.ts';
import { guarded, type Surroundings } from '../children/guarded.ts';
import { exitCodes, UsageError, type ExitCode } from '../exit-codes.ts';
import { commandLine, fact } from '../fact-lines.ts';
import { commandHere, quote, shownPath } from '../files.ts';
import type { Terminal } from '../terminal.ts';
import { startLocal, type OwnLog } from './local.ts';
import { pageAddress } from './page-address.ts';
import type { LocalCluster } from './plan.ts';
import { clusterRows, readConfigured, readLocalCluster } from './read-cluster.ts';
import type { Supervisor } from './supervisor.ts';

export async function clusterCommand(words: readonly string[], terminal: Terminal): Promise<ExitCode> {
  const read = readConfigured(clusterRows, words, loadConfiguration);
  if (!read.ok) throw new UsageError(read.reason);
  if (read.value === null) {
    terminal.line(help());
    return exitCodes.pass;
  }
  const { line, valueOf } = read.value;
  if (line.bare.length > 0) throw new UsageError(`"${line.bare[0]}" belongs to no option of cluster`);
  const cluster = readLocalCluster(read.value);
  if (!cluster.ok) throw new UsageError(cluster.reason);
  const ownLog = ownLogOf(cluster.value, valueOf('log-format'), terminal);
  return guarded(terminal, (surroundings) => runCluster(cluster.value, ownLog, terminal, surroundings));
}

function ownLogOf({ logLevel }: LocalCluster, format: string, terminal: Terminal): OwnLog {
  const isText = format === 'text' || (format === 'auto' && process.stderr.isTTY);
  return {
    level: logLevel,
    format: isText ? 'text' : 'json',
    write: format === 'none' ? null : (text) => terminal.complain(text),
  };
}

async function runCluster(
  cluster: LocalCluster,
  ownLog: OwnLog,
  terminal: Terminal,
  surroundings: Surroundings,
): Promise<ExitCode> {
  terminal.progress('starting');
  const running = await startLocal(cluster, ownLog, surroundings);
  terminal.progress('');
  terminal.line(factsOf(cluster, running.supervisor));
  await untilAborted(surroundings.abort);
  running.log.say('process', 'stops, as it was told to');
  const unruly = await running.stop();
  return unruly.length === 0 ? exitCodes.pass : exitCodes.threw;
}

function factsOf(cluster: LocalCluster, supervisor: Supervisor): string {
  const { folder, slots, taskManagers } = cluster;
  const named = `--cluster ${quote(shownPath(folder.root))}`;
  return [
    fact('cluster', shownPath(folder.root)),
    ...[...supervisor.greetings()].map(([name, { pid, address }]) => fact(name, `${address}, process ${pid}`)),
    ...[...supervisor.greetings()].flatMap(([name, { rest }]) =>
      rest === undefined ? [] : [commandLine('REST', `${rest} (${name})`)],
    ),
    ...pageOf(cluster, supervisor),
    ...[...supervisor.greetings()].flatMap(([name, { metrics }]) =>
      metrics === undefined ? [] : [commandLine('metrics', `${metrics} (${name})`)],
    ),
    fact('slots', String(slots * taskManagers)),
    commandLine('logs', `${commandHere('logs')} -f ${named}`),
    fact('stop', `Ctrl-C, or kill ${process.pid}`),
  ].join('\n');
}

function pageOf(cluster: LocalCluster, supervisor: Supervisor): readonly string[] {
  const page = pageAddress(cluster, supervisor, process.stdout.isTTY);
  return page === null ? [] : [commandLine('page', page)];
}

function untilAborted(abort: AbortSignal): Promise<void> {
  if (abort.aborted) return Promise.resolve();
  // The timer keeps the process: nothing else of it may be left to do.
  return new Promise((resolve) => {
    const keeper = setInterval(() => {}, 0x7fff_ffff);
    abort.addEventListener('abort', () => {
      clearInterval(keeper);
      resolve();
    });
  });
}

function help(): string {
  return helpText({
    command: 'cluster',
    words: '',
    about: `A cluster on this host: JobManagers and TaskManagers as processes of this command, which starts those again that end by themselves.
It goes on with the jobs of its folder. Ctrl-C or SIGTERM ends all of it in good order; when the command itself is killed, its
processes go as well.`,
    options: clusterRows,
    exits: {
      0: 'ended in good order',
      2: 'it cannot be started as it was told',
      4: 'a process did not come up, or did not end in good order',
      130: 'interrupted while it started',
    },
    behind: [clusterOptionsHelp()],
  });
}
