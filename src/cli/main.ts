// The `millrace` command: picks the subcommand, and turns whatever happens into an exit code.
import { unknownName } from '../core/base/options.ts';
import { commandWords, readManifest } from '../layout.ts';
import { NotRepeatable, ScenarioMistake } from '../scenario/scenario-mistake.ts';
import type { ClientCommandName } from './client/options.ts';
import { exitCodes, FilesGone, Standstill, UsageError } from './exit-codes.ts';
import type { ExitCode } from './exit-codes.ts';
import type { ProcessRole } from './process/options.ts';
import { currentVersion, shortCommit } from './sim/version.ts';
import { wrapText } from './terminal.ts';
import type { Terminal } from './terminal.ts';

type Subcommand = (words: readonly string[], terminal: Terminal) => Promise<ExitCode>;

interface Command {
  /** A line of the help. */
  readonly about: string;
  readonly load: () => Promise<Subcommand>;
}

/** Each is loaded when it is called. */
export const commands: Readonly<Record<string, Command>> = {
  sim: {
    about: 'run a scenario in the simulator: one seed, a range of them, or a tape',
    load: async () => (await import('./sim/command.ts')).simCommand,
  },
  real: {
    about: 'run a scenario on real processes over TCP, with or without a strike, and compare the output',
    load: async () => (await import('./real/command.ts')).realCommand,
  },
  report: {
    about: 'make an HTML page of a trace',
    load: async () => (await import('./report/command.ts')).reportCommand,
  },
  lint: {
    about: 'find what the functions of a job or a machine must not do, without running it',
    load: async () => (await import('./lint/command.ts')).lintCommand,
  },
  run: {
    about: 'run the job of a file to its end, on a cluster for it alone or on one that runs',
    load: async () => (await import('./run/command.ts')).runJobCommand,
  },
  cluster: {
    about: 'run a cluster on this host: JobManagers and TaskManagers as processes of this command',
    load: async () => (await import('./cluster/command.ts')).clusterCommand,
  },
  bundle: {
    about: 'write the job of a file as an artifact, which any client of REST can upload and run',
    load: async () => (await import('./job/bundle-command.ts')).bundleCommand,
  },
  submit: { about: 'send the job of a file to a cluster that runs', load: () => loadClient('submit') },
  list: { about: 'list the jobs of a cluster', load: () => loadClient('list') },
  show: { about: 'show a job of a cluster, with its tasks and checkpoints', load: () => loadClient('show') },
  cancel: { about: 'cancel a job', load: () => loadClient('cancel') },
  stop: { about: 'end a job with a savepoint', load: () => loadClient('stop') },
  savepoint: { about: 'take a savepoint of a job that runs', load: () => loadClient('savepoint') },
  checkpoint: { about: 'take a checkpoint of a job that runs, now', load: () => loadClient('checkpoint') },
  rescale: { about: 'give operators of a job other numbers of subtasks', load: () => loadClient('rescale') },
  drain: {
    about: 'drain a TaskManager for maintenance: what runs there goes on elsewhere',
    load: () => loadClient('drain'),
  },
  undrain: { about: 'take a TaskManager back that was drained', load: () => loadClient('undrain') },
  logs: {
    about: 'show what the processes of a cluster told, merged by time; -f goes on',
    load: async () => (await import('./logs/command.ts')).logsCommand,
  },
  doctor: {
    about: 'look at all that a cluster needs, and say what to do about what is missing',
    load: async () => (await import('./doctor/command.ts')).doctorCommand,
  },
  adopt: {
    about: 'make a savepoint of another cluster one of this cluster, from its files alone',
    load: async () => (await import('./adopt/command.ts')).adoptCommand,
  },
  config: {
    about: 'print each value in force, and where it comes from: file, environment, flags',
    load: async () => (await import('./config/command.ts')).configCommand,
  },
  jobmanager: { about: 'run a JobManager in this process', load: () => loadProcess('jobmanager') },
  taskmanager: { about: 'run a TaskManager in this process', load: () => loadProcess('taskmanager') },
  node: {
    about: 'run one machine of a scenario in this process; `real` starts them',
    load: async () => (await import('./real/machines/node-command.ts')).nodeCommand,
  },
};

async function loadClient(name: ClientCommandName): Promise<Subcommand> {
  const { clientCommand } = await import('./client/command.ts');
  return (words, terminal) => clientCommand(name, words, terminal);
}

async function loadProcess(role: ProcessRole): Promise<Subcommand> {
  const { processCommand } = await import('./process/command.ts');
  return (words, terminal) => processCommand(role, words, terminal);
}

export async function main(words: readonly string[], terminal: Terminal): Promise<ExitCode> {
  try {
    const [name = '', ...rest] = words;
    if (Object.hasOwn(topics, name)) return tell(topics[name] as () => string, terminal);
    const command = Object.hasOwn(commands, name) ? commands[name] : undefined;
    if (command === undefined) throw new UsageError(unknownCommand(name));
    const run = await command.load();
    return await run(rest, terminal);
  } catch (error) {
    terminal.progress('');
    if (isMistakeOfUser(error)) {
      terminal.complain(`millrace: ${error.message}`);
      return exitCodes.usage;
    }
    if (error instanceof NotRepeatable) {
      terminal.complain(`millrace: ${error.message}`);
      return exitCodes.nonDeterminism;
    }
    if (error instanceof FilesGone) {
      terminal.complain(`millrace: ${error.message}`);
      return exitCodes.filesGone;
    }
    if (error instanceof Standstill) {
      terminal.complain(`millrace: ${error.message}`);
      return exitCodes.liveness;
    }
    terminal.complain(
      `millrace: an error of the tool itself: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`,
    );
    return exitCodes.internal;
  }
}

/** Asked of `millrace` itself. */
const topics: Readonly<Record<string, () => string>> = { '--help': help, '-h': help, help, '--version': version };

function tell(text: () => string, terminal: Terminal): ExitCode {
  terminal.line(text());
  return exitCodes.pass;
}

function help(): string {
  const width = Math.max(...Object.keys(commands).map((name) => name.length));
  const lines = Object.entries(commands).map(([name, { about }]) => wrapText(`  ${name.padEnd(width)}  `, about));
  return `${commandWords('COMMAND')} [options]

${lines.join('\n')}

${commandWords('COMMAND')} --help tells the options of a command; --version, which Millrace this is.
`;
}

function version(): string {
  const { node, v8 } = process.versions;
  const { name, version: number } = readManifest();
  return `${name} ${number}, commit ${shortCommit(currentVersion().commit)}, Node ${node}, V8 ${v8}`;
}

function unknownCommand(name: string): string {
  const hint = `${commandWords('--help')} lists them`;
  return `${name === '' ? 'which command?' : unknownName('command', name, Object.keys(commands))} (${hint})`;
}

function isMistakeOfUser(error: unknown): error is Error {
  return error instanceof UsageError || error instanceof ScenarioMistake;
}
