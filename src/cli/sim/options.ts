// The options of `millrace sim`, their contradictions, and the help that is made of them.
import { describeExits, type Exits } from '../help.ts';
import { commandWords, isPackage, OUTPUT_PLACE } from '../../layout.ts';
import type { Guest } from '../../sim/guest.ts';
import { describeOptions, describeTable } from '../arguments.ts';
import type { Contradiction, OptionRow } from '../arguments.ts';
import { ALL_SCENARIOS, DEFAULT_SCENARIO } from '../scenario/scenario-file.ts';
import { exploreContradictions, exploreOptions } from './explore/options.ts';
import { wrapText } from '../terminal.ts';

export const simOptions: readonly OptionRow[] = [
  { name: 'seed', value: 'NUMBER', about: 'run this seed; without it a fresh one is drawn and printed' },
  { name: 'seeds', value: 'FIRST..LAST', about: 'run all of these seeds over all cores, and sum them up' },
  {
    name: 'scenario',
    value: 'NAME|FILE',
    about: `what to run: a name of --list, or a file of yours; default ${DEFAULT_SCENARIO}; ${ALL_SCENARIOS}: --seeds are spread over the whole list`,
  },
  { name: 'list', value: null, about: 'list the scenarios' },
  {
    name: 'faults',
    value: 'KIND,KIND',
    about: 'only these kinds of faults, of the list below; KIND@POINT#N forces one',
  },
  { name: 'no-faults', value: null, about: 'no faults at all' },
  {
    name: 'set',
    value: 'KEY=VALUE',
    about: 'set an option of the list below (--help --scenario FILE: of that file); may be repeated',
    repeatable: true,
  },
  { name: 'trace', value: 'FILE', about: 'write every event of the run as JSON lines' },
  { name: 'report', value: null, about: 'make a page of the run that a browser shows; a failure makes one by itself' },
  {
    name: 'replay',
    value: 'FILE',
    about: 'repeat the run of a tape; --scenario FILE says where its scenario lies now, if that was moved',
  },
  {
    name: 'check-determinism',
    value: null,
    about: 'run the seed twice here and once in a fresh process, and compare every event',
  },
  ...exploreOptions,
  { name: 'json', value: null, about: 'print one JSON object instead of text' },
  { name: 'help', value: null, about: 'this text; with --scenario, with the faults and options of that one' },
];

const fromTape = 'the tape says what is run';

export const simContradictions: readonly Contradiction[] = [
  ...exploreContradictions,
  { these: ['seed', 'seeds'], because: 'one seed is run, or a range of them' },
  { these: ['faults', 'no-faults'], because: 'either some faults are in force or none' },
  ...['seed', 'seeds', 'faults', 'no-faults', 'set', 'check-determinism'].map((name) => ({
    these: ['replay', name] as const,
    because: fromTape,
  })),
  { these: ['seeds', 'trace'], because: 'a trace is of one run; trace the seed that you want to see' },
  {
    these: ['seeds', 'report'],
    because: 'a report is of one run; the first failures of a sweep get one by themselves',
  },
  { these: ['seeds', 'check-determinism'], because: 'name one seed; a sweep runs each failing seed again by itself' },
  { these: ['check-determinism', 'trace'], because: 'three runs are compared; trace one of them with --seed' },
  {
    these: ['check-determinism', 'report'],
    because: 'three runs are compared; make a report of one of them with --seed',
  },
  ...['seed', 'seeds', 'scenario', 'faults', 'no-faults', 'set', 'trace', 'report', 'replay', 'check-determinism'].map(
    (name) => ({
      these: ['list', name] as const,
      because: 'a list runs nothing',
    }),
  ),
];

const EXITS: Exits = {
  0: 'everything held',
  1: 'the output or an oracle is wrong',
  3: 'no progress after the faults stopped, or a function of the scenario that did not come back',
  4: 'a machine threw, broke an invariant, or did what no machine may do, or an exploration found what a run does not repeat',
  5: 'a run could not be repeated',
  6: '1,000 seeds or more, and a fault never fired where it should',
  7: 'a bound ended an exploration before all runs were looked at',
};

/** @param guest whose settings are listed, and in words what it is */
export function simHelp({ faultKinds, options }: Pick<Guest, 'faultKinds' | 'options'>, what: string): string {
  const sim = commandWords('sim');
  return `${sim} [options]

Runs a job on a simulated cluster, or machines of your own in a simulated world, under faults, all
drawn from one seed, and judges what happened.

${describeOptions(simOptions)}

Examples
  ${sim} --seed 42
  ${sim} --scenario word-count --seeds 1..1000
  ${sim} --scenario ${ALL_SCENARIOS} --seeds 1..1000
  ${sim} --scenario word-count --seed 35 --faults tm-crash --set checkpointIntervalMs=500
  ${sim} --scenario word-count --seed 35 --faults jm-crash@stored#2
  ${sim} --replay ${OUTPUT_PLACE}/word-count-7.tape
  ${sim} --explore --scenario FILE --faults crash --faults-max 1

Outputs, tapes and reports go to ${OUTPUT_PLACE}${isPackage ? ', below the current folder' : ''}.

${describeExits(EXITS)}

${wrapText(`Faults of ${what}  `, faultKinds.join(', '))}

Options of ${what} for --set, with their defaults (a scenario's options, sim and draw go before them)
${describeTable(options)}
`;
}
