// The guest that is made of a user's machines.
import { count, formatNumber } from '../../core/base/amounts.ts';
import type { Counts, Guest, Row, Told } from '../guest.ts';
import { withDefaults } from '../../core/base/options.ts';
import { headerOf } from './header.ts';
import { roleOfStream } from '../search/roles.ts';
import { beginMachines, type MachinesRunResult } from './machine-run.ts';
import type { MachinesScenario } from './scenario.ts';
import { neverSent } from './tallies.ts';
import { faultKindsOf, optionTableOf } from './option-table.ts';
import { timelessMachines } from './world-options.ts';

/** @param file of the scenario, as it is shown to people; empty where it has none */
export function machinesGuest(scenario: MachinesScenario, file = ''): Guest<MachinesRunResult> {
  const { name, about, faults = {}, messages } = scenario;
  return {
    kind: 'machines',
    name,
    about,
    header: headerOf(scenario, withDefaults(optionTableOf(scenario))),
    options: optionTableOf(scenario),
    timeless: timelessMachines,
    parallelisms: [],
    faultKinds: faultKindsOf(scenario),
    whyIdle: () => null,
    weights: faults,
    coverage: null,
    roleOf: roleOfStream,
    begin: (request) => beginMachines(scenario, file, request),
    tell: ({ counts }) => ({ ...sumUp(counts), comparison: [] }),
    count: ({ counts }) => counts,
    sumUp: (counts, runs) => ({
      ...sumUp(counts),
      rows: [...sumUp(counts).rows, ...silenceRows(messages, counts, runs)],
    }),
    provesNothing: ({ steps = 0 }) => (steps > 0 ? null : 'no machine does anything but start'),
    outputOf: () => null,
  };
}

function sumUp({
  delivered = 0,
  lost = 0,
  requests = 0,
  restarts = 0,
  halts = 0,
}: Counts): Pick<Told, 'rows' | 'json'> {
  return {
    rows: [
      ['messages', `${formatNumber(delivered)} delivered, ${formatNumber(lost)} lost`],
      ['requests', `${formatNumber(requests)} applied`],
      ['processes', `${count(restarts, 'restart')}, ${count(halts, 'halt')}`],
    ],
    json: { messages: { delivered, lost }, requests, restarts, halts },
  };
}

/** A kind of message that no run sends was never tried. */
function silenceRows(messages: readonly string[], counts: Counts, runs: number): readonly Row[] {
  const silent = neverSent(messages, counts);
  return silent.length === 0 ? [] : [['never sent', `${silent.join(', ')} (in ${count(runs, 'seed')})`]];
}
