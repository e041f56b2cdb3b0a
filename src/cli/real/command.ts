// `millrace real`: reads the command line and hands it to whoever does it. A signal ends it only when processes and files are gone.
import { unreachable } from '../../core/base/assert.ts';
import type { MachinesScenario } from '../../sim/machines/scenario.ts';
import { optionTableOf } from '../../sim/machines/option-table.ts';
import { readArguments } from '../arguments.ts';
import { exitCodes, UsageError } from '../exit-codes.ts';
import type { ExitCode } from '../exit-codes.ts';
import { findScenarioFile, loadAnyScenario, scenarioNames } from '../scenario/scenario-file.ts';
import { keepStdoutClean } from '../terminal.ts';
import type { Terminal } from '../terminal.ts';
import { StartFailed } from '../children/child.ts';
import { startGuard } from '../children/guard.ts';
import { wasInterrupted } from '../children/interruption.ts';
import { machinesCommand } from './machines/command.ts';
import { realHelp, realOptions } from './options.ts';
import { readRealCommand, type RealCommand } from './read-command.ts';
import { roundsCommand } from './rounds-command.ts';
import type { Surroundings } from './run.ts';
import { runCommand } from './run-command.ts';

export async function realCommand(words: readonly string[], terminal: Terminal): Promise<ExitCode> {
  const machines = await machinesOf(words);
  const table = machines === null ? undefined : optionTableOf(machines);
  const command = readRealCommand(words, process.env, table);
  if (!command.ok) throw new UsageError(command.reason);
  const { value } = command;
  if (value.kind !== 'help' && value.json) keepStdoutClean();
  switch (value.kind) {
    case 'help':
      terminal.line(realHelp());
      return exitCodes.pass;
    case 'run':
    case 'rounds':
      if (machines !== null)
        return guarded(terminal, (surroundings) => machinesCommand(value, machines, terminal, surroundings));
      return jobCommand(value, terminal);
    default:
      return unreachable(value);
  }
}

/** The machines that these words name, as they have options of their own; null: a job, or nothing that can be read. */
async function machinesOf(words: readonly string[]): Promise<MachinesScenario | null> {
  const line = readArguments(realOptions, words);
  const [name] = line.ok ? (line.value.options.get('scenario') ?? []) : [];
  if (name === undefined || scenarioNames.includes(name) || (line.ok && line.value.options.has('help'))) return null;
  const loaded = await loadAnyScenario(findScenarioFile(name));
  return loaded.kind === 'machines' ? loaded.scenario : null;
}

type JobCommand = Exclude<RealCommand, { readonly kind: 'help' }>;

function jobCommand(command: JobCommand, terminal: Terminal): Promise<ExitCode> {
  return guarded(terminal, (surroundings) =>
    command.kind === 'run'
      ? runCommand(command, terminal, surroundings)
      : roundsCommand(command, terminal, surroundings),
  );
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
