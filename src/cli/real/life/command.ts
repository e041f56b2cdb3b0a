// `--life TIME`: jobs without end on processes that are killed all the time, and what the cluster takes meanwhile.
import type { Surroundings } from '../../children/guarded.ts';
import { exitCodeOf, type ExitCode } from '../../exit-codes.ts';
import { drawSeed } from '../../seed.ts';
import { formatSeconds, type Terminal } from '../../terminal.ts';
import type { RealCommand } from '../read-command.ts';
import { setUpReal } from '../run-command.ts';
import { lifeJson, lifeLines } from './report.ts';
import { runLife } from './run.ts';

export type LifeCommand = Extract<RealCommand, { kind: 'life' }>;

export async function lifeCommand(
  { lifeMs, keep, json, ...settings }: LifeCommand,
  terminal: Terminal,
  surroundings: Surroundings,
): Promise<ExitCode> {
  const setup = await setUpReal({ ...settings, json });
  const seed = settings.seed ?? drawSeed();
  const { name } = setup.scenario;
  if (!json) terminal.line(`a life of ${formatSeconds(lifeMs)}: ${name}, seed ${seed}, on real processes`);
  const run = await runLife({
    ...surroundings,
    setup,
    seed,
    lifeMs,
    keep,
    onProgress: (text) => terminal.progress(text),
  });
  terminal.progress('');
  if (json) terminal.line(JSON.stringify(lifeJson(name, run)));
  else for (const line of lifeLines(run)) terminal.line(line);
  return exitCodeOf(run.verdict);
}
