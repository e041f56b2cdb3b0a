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
import { guarded, type Surroundings } from '../children/guarded.ts';
import { lifeCommand } from './life/command.ts';
import { machinesCommand } from './machines/command.ts';
import { realHelp, realOptions } from './options.ts';
import { readRealCommand, type RealCommand } from './read-command.ts';
import { roundsCommand } from './rounds-command.ts';
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
    case 'life':
      if (machines !== null) throw new UsageError('--life is for jobs: machines of a user have rounds');
      return guarded(terminal, (around) => lifeCommand(value, terminal, around), INTERRUPTED);
    case 'run':
    case 'rounds':
      if (machines !== null && value.ha !== null)
        throw new UsageError('--ha is for jobs: machines have the services of their scenario');
      if (machines !== null)
        return guarded(terminal, (around) => machinesCommand(value, machines, terminal, around), INTERRUPTED);
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

const INTERRUPTED = 'interrupted; its processes and files are gone';

type JobCommand = Exclude<RealCommand, { readonly kind: 'help' | 'life' }>;

function jobCommand(command: JobCommand, terminal: Terminal): Promise<ExitCode> {
  const run = (surroundings: Surroundings): Promise<ExitCode> =>
    command.kind === 'run'
      ? runCommand(command, terminal, surroundings)
      : roundsCommand(command, terminal, surroundings);
  return guarded(terminal, run, INTERRUPTED);
}
