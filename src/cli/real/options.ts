// The options of `millrace real`, their contradictions, and the help that is made of them.
import { describeExits, type Exits } from '../help.ts';
import { commandWords, isPackage, OUTPUT_PLACE } from '../../layout.ts';
import { clusterOptionTable } from '../../core/protocol/cluster-options.ts';
import { ETCD_FORM } from '../../net-real/etcd/place.ts';
import { strikeKinds } from '../../scenario/strikes.ts';
import { describeOptions, describeTable } from '../arguments.ts';
import type { Contradiction, OptionRow } from '../arguments.ts';
import { DEFAULT_SCENARIO } from '../scenario/scenario-file.ts';

export const LIFE_SCENARIO = 'two-jobs';

export const realOptions: readonly OptionRow[] = [
  {
    name: 'scenario',
    value: 'NAME|FILE',
    about: `what to run: a name of "${commandWords('sim')} --list", or a file of yours; default ${DEFAULT_SCENARIO}`,
  },
  {
    name: 'ha',
    value: 'HA',
    about: `below which the run has its HA service, at a prefix of its own, which stays: ${ETCD_FORM}; default: in its scratch folder`,
  },
  { name: 'seed', value: 'NUMBER', about: 'draws the input, as in the simulator, and whom to strike when' },
  { name: 'strike', value: 'KIND', about: `this strike, whatever the scenario says: ${strikeKinds.join(', ')}` },
  { name: 'no-faults', value: null, about: 'no strike' },
  { name: 'rounds', value: 'NUMBER', about: 'so many runs, with processes killed at random times' },
  {
    name: 'life',
    value: 'TIME',
    about: `jobs without end for so long (150s, 60m), with a kill -9 every few seconds; default scenario ${LIFE_SCENARIO}`,
  },
  {
    name: 'set',
    value: 'KEY=VALUE',
    about: 'set an option of the cluster, or of machines; may be repeated',
    repeatable: true,
  },
  { name: 'trace', value: 'FILE', about: 'write what all processes did, as JSON lines' },
  { name: 'report', value: null, about: 'write the HTML report of the run; a run that fails always leaves one' },
  { name: 'keep', value: null, about: 'keep the scratch folder: input, output, stores, traces, logs' },
  { name: 'json', value: null, about: 'print one JSON object instead of text' },
  { name: 'help', value: null, about: 'this text' },
];

export const realContradictions: readonly Contradiction[] = [
  { these: ['strike', 'no-faults'], because: 'either there is a strike or none' },
  { these: ['rounds', 'strike'], because: 'in rounds, processes are killed at random times' },
  { these: ['rounds', 'no-faults'], because: 'rounds are there to kill processes' },
  { these: ['rounds', 'trace'], because: 'a trace is of one run; a round that fails leaves its own' },
  { these: ['rounds', 'report'], because: 'a report is of one run; a round that fails leaves its own' },
  { these: ['rounds', 'keep'], because: 'a scratch folder is of one run' },
  { these: ['life', 'rounds'], because: 'a life is one run' },
  { these: ['life', 'strike'], because: 'in a life, processes are killed at random times' },
  { these: ['life', 'no-faults'], because: 'a life is there to kill processes' },
  { these: ['life', 'trace'], because: 'a trace of a life has no bound' },
  { these: ['life', 'report'], because: 'a report is made of a trace, and a life has none' },
];

const EXITS: Exits = {
  0: 'ends and output are right, and a strike that was asked for proved what it is for',
  1: 'an end or the output is wrong, a strike that was asked for proved nothing, or what a life takes is not flat',
  3: 'the jobs did not end in time, or the machines are not done',
  4: 'a process threw, or ended by itself',
  74: 'the scratch folder was removed while the job ran',
  130: 'interrupted',
};

export function realHelp(): string {
  const real = commandWords('real');
  return `${real} [options]

Runs a job, or several, on real processes over TCP on this machine, strikes one of them (as --strike
says, or the scenario's real.strike, or as the seed draws it from what the scenario's faults allow),
and compares what was committed with a sequential run. Clients that cancel, stop, rescale or follow
jobs begin at the scenario's moments, counted from when all processes are up.

A scenario of machines (defineMachines) runs too, one process a node: a node whose faults
say that it may crash is killed (kill -9) and started again; oracles judge what all processes
did, in the order of time. Its services are real ones: durableLog and fileStore on the disk,
keyValueStore and leaseService in this command. --set knows its options; --strike is for jobs.

With --life, jobs whose input does not end have a random process but one TaskManager killed 2 to
6 s after the last one is back, and savepoints and other parallelism each five minutes (three times,
in a short life); then they are stopped. All output is compared, and memory, open files, sockets and
folders must stay flat.

${describeOptions(realOptions)}

Examples
  ${real} --scenario jm-failover
  ${real} --scenario flight-delays --seed 42 --strike tm-crash
  ${real} --scenario word-count --rounds 10
  ${real} --scenario zombie-task-manager --report
  ${real} --scenario replace --seed 42
  ${real} --scenario my-machines.ts --rounds 10
  ${real} --life 60m --ha 'etcd://127.0.0.1:2379/lives?compact=2000'

Outputs, traces and reports go to ${OUTPUT_PLACE}${isPackage ? ', below the current folder' : ''}.

${describeExits(EXITS)}

Options for --set, with their defaults (a scenario's options go before them, but for times that are
shorter, which are made for simulated time; its real.options go before all)
${describeTable(clusterOptionTable)}
`;
}
