// One proof: its exploration, as the command line would make it, and its certificate.
import { join } from 'node:path';
import { existsSync, readFileSync } from 'node:fs';
import { packageFolder } from '../src/layout.ts';
import { UsageError } from '../src/cli/exit-codes.ts';
import { certificateOf, type Certificate } from '../src/cli/sim/explore/certificate.ts';
import { codeHash } from '../src/cli/sim/explore/code-hash.ts';
import { repeatsAlike } from '../src/cli/sim/explore/counterexample.ts';
import { exploreTimed } from '../src/cli/sim/explore/explore-command.ts';
import { planExploration } from '../src/cli/sim/explore/explore-plan.ts';
import type { ExploreCommand } from '../src/cli/sim/explore/read-explore.ts';
import { prepare } from '../src/cli/sim/plan.ts';
import { readSimCommand } from '../src/cli/sim/read-command.ts';
import type { Terminal } from '../src/cli/terminal.ts';
import type { Proof } from './list.ts';

/** What a proof came to, and what it cost. */
export interface Proven {
  readonly certificate: Certificate;
  /** The runner of all other runs finds the same in the decisions of what was found; true where nothing was. */
  readonly isRepeated: boolean;
  readonly cpuMs: number;
  readonly bytes: number;
}

export async function runProof(proof: Proof, terminal: Pick<Terminal, 'progress'>): Promise<Proven> {
  const plan = await planExploration(commandOf(proof));
  const { fitted, cpuMs } = await exploreTimed(plan, terminal, () => {});
  const { counterexample = null, bytes = 0 } = fitted.explored ?? {};
  const isRepeated = counterexample === null || repeatsAlike(fitted.plan, counterexample, fitted.inputLimits);
  return { certificate: await certificateOf(fitted.plan, fitted), isRepeated, cpuMs, bytes };
}

/** The hash of the code that would run. */
export async function codeOf(proof: Proof): Promise<string> {
  return codeHash(await prepare(commandOf(proof)));
}

/** The words behind `npm run sim --`. */
export function wordsOf({ scenario, options }: Proof): string {
  return `--explore --scenario ${scenario} ${options}`.trim();
}

function commandOf(proof: Proof): ExploreCommand {
  const command = readSimCommand(wordsOf(proof).split(' '));
  if (!command.ok) throw new UsageError(`the proof ${proof.name}: ${command.reason}`);
  if (command.value.kind !== 'explore') throw new Error('a proof is an exploration');
  return { ...command.value, scenario: join(packageFolder, proof.scenario) };
}

export function certificatePath({ name }: Pick<Proof, 'name'>): string {
  return join(packageFolder, 'proofs', `${name}.json`);
}

/** Null: there is none. */
export function keptCertificate(proof: Pick<Proof, 'name'>): Certificate | null {
  const path = certificatePath(proof);
  return existsSync(path) ? (JSON.parse(readFileSync(path, 'utf8')) as Certificate) : null;
}
