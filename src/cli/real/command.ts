// `millrace real`: reads the command line and hands it to whoever does it. A signal ends it only when processes and files are gone.
import { unreachable } from '../../core/base/assert.ts';
import { exitCodes, UsageError } from '../exit-codes.ts';
import type { ExitCode } from '../exit-codes.ts';
import { keepStdoutClean } from '../terminal.ts';
import type { Terminal } from '../terminal.ts';
import { StartFailed } from './child.ts';
import { startGuard } from './guard.ts';
import { wasInterrupted } from './interruption.ts';
import { realHelp } from './options.ts';
import { readRealCommand } from './read-command.ts';
import { roundsCommand } from './rounds-command.ts';
import type { Surroundings } from './run.ts';
import { runCommand } from './run-command.ts';

export async function realCommand(words: readonly string[], terminal: Terminal): Promise<ExitCode> {
  const command = readRealCommand(words, process.env);
  if (!command.ok) throw new UsageError(command.reason);
  const { value } = command;
  if (value.kind !== 'help' && value.json) keepStdoutClean();
  switch (value.kind) {
    case 'help':
      terminal.line(realHelp());
      return exitCodes.pass;
    case 'run':
      return guarded(terminal, (surroundings) => runCommand(value, terminal, surroundings));
    case 'rounds':
      return guarded(terminal, (surroundings) => roundsCommand(value, terminal, surroundings));
    default:
      return unreachable(value);
  }
}

// Not SIGHUP: whoever wants the command to outlive a terminal starts it with nohup; else it dies of it, and the guard cleans up.
const signals = ['SIGINT', 'SIGTERM'] as const;

async function guarded(terminal: Terminal, run: (surroundings: Surroundings) => Promise<ExitCode>): Promise<ExitCode> {
  const controller = new AbortController();
  const abort = (): void => controller.abort();
  for (const signal of signals) process.on(signal, abort);
  const guard = startGuard();
  try {
    return await run({ guard, abort: controller.signal });
  } catch (error) {
    terminal.progress('');
    if (error instanceof UsageError && !controller.signal.aborted) throw error;
    // Ctrl-C reaches all processes of the group, children and bundler too: what fails behind it fails because of it.
    if (await wasInterrupted(controller.signal)) {
      terminal.complain('millrace: interrupted; its processes and files are gone');
      return exitCodes.interrupted;
    }
    if (!(error instanceof StartFailed)) throw error;
    terminal.complain(`millrace: ${error.message}`);
    return exitCodes.threw;
  } finally {
    await guard.dismiss();
    for (const signal of signals) process.off(signal, abort);
  }
}
