// Explores one checkpoint on two TaskManagers, from its trigger to its commit, in all orders, and prints what that took.
import { exploreGuest } from '../../src/sim/search/explore/explore-guest.ts';
import { planExploration } from '../../src/cli/sim/explore/explore-plan.ts';
import { readSimCommand } from '../../src/cli/sim/read-command.ts';
import { proofs } from '../../proofs/list.ts';
import { wordsOf } from '../../proofs/run-proof.ts';
import { spend } from '../measure.ts';
import type { CheckpointExplored } from './bench-explorer.ts';

const proof = proofs.find(({ name }) => name === 'checkpoint-2');
if (proof === undefined) throw new Error('there is no proof checkpoint-2');
const command = readSimCommand(wordsOf(proof).split(' '));
if (!command.ok || command.value.kind !== 'explore') throw new Error('a proof is an exploration');
const { setup, bounds, search } = await planExploration(command.value);
const before = process.memoryUsage.rss();
let states = 0;
const spent = spend(() => {
  const statesMax = Number(process.argv[2]);
  const given = { ...search, statesMax, hasTime: () => true };
  states = exploreGuest(setup.guest, { ...bounds, inputLimits: {} }, given).unique;
});
const explored: CheckpointExplored = { states, ...spent, grownBytes: process.memoryUsage.rss() - before };
process.stdout.write(JSON.stringify(explored));
