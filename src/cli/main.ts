// The `millrace` command: picks the subcommand, and turns whatever happens into an exit code.
import { enableCompileCache } from 'node:module';
import { join } from 'node:path';
import { unknownName } from '../core/base/options.ts';
import { ScenarioMistake } from '../scenario/scenario-mistake.ts';
import { exitCodes, Standstill, UsageError } from './exit-codes.ts';
import type { ExitCode } from './exit-codes.ts';
import { repositoryRoot } from './files.ts';
import type { ProcessRole } from './process/options.ts';
import { processTerminal } from './terminal.ts';
import type { Terminal } from './terminal.ts';

type Subcommand = (words: readonly string[], terminal: Terminal) => Promise<ExitCode>;

/** Each is loaded when it is called. */
const subcommands: Readonly<Record<string, () => Promise<Subcommand>>> = {
  sim: async () => (await import('./sim/command.ts')).simCommand,
  real: async () => (await import('./real/command.ts')).realCommand,
  jobmanager: () => loadProcess('jobmanager'),
  taskmanager: () => loadProcess('taskmanager'),
  report: async () => (await import('./report/command.ts')).reportCommand,
};

async function loadProcess(role: ProcessRole): Promise<Subcommand> {
  const { processCommand } = await import('./process/command.ts');
  return (words, terminal) => processCommand(role, words, terminal);
}

export async function main(words: readonly string[], terminal: Terminal): Promise<ExitCode> {
  try {
    const [name = '', ...rest] = words;
    const load = Object.hasOwn(subcommands, name) ? subcommands[name] : undefined;
    if (load === undefined) throw new UsageError(unknownName('command', name, Object.keys(subcommands)));
    return await (
      await load()
    )(rest, terminal);
  } catch (error) {
    terminal.progress('');
    if (isMistakeOfUser(error)) {
      terminal.complain(`millrace: ${error.message}`);
      return exitCodes.usage;
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

function isMistakeOfUser(error: unknown): error is Error {
  return error instanceof UsageError || error instanceof ScenarioMistake;
}

if (import.meta.main) {
  enableCompileCache(join(repositoryRoot, '.cache', 'node')); // two hundred small sources are compiled once, not at each start
  process.exitCode = await main(process.argv.slice(2), processTerminal());
}
