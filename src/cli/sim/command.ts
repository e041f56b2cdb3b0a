// `millrace sim`: reads the command line and hands it to whoever does it.
import { unreachable } from '../../core/base/assert.ts';
import { faultKinds } from '../../scenario/fault-kinds.ts';
import { jobOptionTable } from '../../sim/cluster/job-guest.ts';
import { loadGuest } from '../scenario/load-guest.ts';
import { findScenarioFile } from '../scenario/scenario-file.ts';
import { UsageError } from '../exit-codes.ts';
import type { ExitCode } from '../exit-codes.ts';
import { exitCodes } from '../exit-codes.ts';
import { keepStdoutClean } from '../terminal.ts';
import type { Terminal } from '../terminal.ts';
import { determinismCommand } from './determinism-command.ts';
import { exploreCommand } from './explore/explore-command.ts';
import { listCommand } from './list-command.ts';
import { simHelp } from './options.ts';
import { readSimCommand } from './read-command.ts';
import { replayCommand } from './replay-command.ts';
import { runCommand } from './run-command.ts';
import { sweepCommand } from './sweep-command.ts';

async function helpOf(scenario: string | null): Promise<string> {
  if (scenario === null) return simHelp({ faultKinds, options: jobOptionTable }, 'a job');
  const { guest } = await loadGuest(findScenarioFile(scenario), '');
  return simHelp(guest, guest.name);
}

export async function simCommand(words: readonly string[], terminal: Terminal): Promise<ExitCode> {
  const command = readSimCommand(words, process.env);
  if (!command.ok) throw new UsageError(command.reason);
  if (command.value.kind !== 'help' && command.value.json) keepStdoutClean();
  switch (command.value.kind) {
    case 'help':
      terminal.line(await helpOf(command.value.scenario));
      return exitCodes.pass;
    case 'list':
      return listCommand(command.value.json, terminal);
    case 'run':
      return runCommand(command.value, terminal);
    case 'check-determinism':
      return determinismCommand(command.value, terminal);
    case 'explore':
      return exploreCommand(command.value, terminal);
    case 'sweep':
      return sweepCommand(command.value, terminal);
    case 'replay':
      return replayCommand(command.value, terminal);
    default:
      return unreachable(command.value);
  }
}
