// `--list`: the scenarios of the house, with their stories.
import { scenarioLoaders } from '../../../scenarios/list.ts';
import { exitCodes } from '../exit-codes.ts';
import type { ExitCode } from '../exit-codes.ts';
import { wrapText } from '../terminal.ts';
import type { Terminal } from '../terminal.ts';

export async function listCommand(json: boolean, terminal: Terminal): Promise<ExitCode> {
  const scenarios = await Promise.all(Object.values(scenarioLoaders).map(async (load) => (await load()).scenario));
  if (json) {
    terminal.line(JSON.stringify(scenarios.map(({ name, about }) => ({ name, about }))));
    return exitCodes.pass;
  }
  const width = Math.max(...scenarios.map(({ name }) => name.length));
  for (const { name, about } of scenarios) terminal.line(wrapText(`${name.padEnd(width)}  `, about));
  return exitCodes.pass;
}
