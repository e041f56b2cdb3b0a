// The options of `millrace sim --explore`, and what they contradict.
import type { Contradiction, OptionRow } from '../../arguments.ts';

/** Options that only `--explore` has. */
export const exploreOnlyOptions: readonly OptionRow[] = [
  {
    name: 'faults-max',
    value: 'N',
    about: 'so many faults a run; default 1 if --faults names some (scenario: all of it), else 0',
  },
  {
    name: 'deviations-max',
    value: 'N',
    about: 'so often a run a timeout comes before something that waits; default 0',
  },
  { name: 'chances-max', value: 'N', about: 'so many picks of machines a run are not 0; default 0' },
  { name: 'fates-max', value: 'N', about: 'so much of what faults leave open is not plain; default: any' },
  { name: 'reorders-max', value: 'N', about: 'so many steps at each moment out of turn; default: all orders' },
  {
    name: 'from',
    value: 'MOMENT',
    about: 'before it everything happens plainly; default running (job), started (machines)',
  },
  { name: 'to', value: 'MOMENT', about: 'nothing behind it is looked at; default finished (job), over (machines)' },
  { name: 'until-ms', value: 'N', about: 'nothing later is looked at; default: as long as faults of a run last' },
  {
    name: 'for-ever',
    value: null,
    about:
      'no moment is the last: states that differ in nothing but what has passed are one (see `relative` of a machine)',
  },
  { name: 'must-arrive', value: null, about: 'a run that is not at --to by --until-ms is wrong' },
  { name: 'records-max', value: 'N', about: 'so many records of each split of a job; default: as many as fit' },
  { name: 'order', value: 'breadth|depth', about: 'breadth (default) finds a short way to what is wrong' },
  { name: 'memory', value: 'exact|compact', about: 'compact keeps 64 bits of each state; default exact' },
  {
    name: 'orders',
    value: 'some|all',
    about: 'some (default) looks at one of the orders that neither machines nor oracles can tell apart',
  },
  {
    name: 'symmetry',
    value: 'on|off',
    about: 'on (default): of states that differ only in which of the nodes that can change places is which, one',
  },
  {
    name: 'entries',
    value: 'any|kept',
    about:
      'any: states that differ only in the order in which entries came into maps and sets are one, if nobody can tell; default kept',
  },
  { name: 'states-max', value: 'N', about: 'so many states, of each thread; default 2000000' },
  { name: 'memory-max-mb', value: 'N', about: 'so much memory for states; default 4000' },
  { name: 'minutes-max', value: 'N', about: 'so long; default: no bound' },
  {
    name: 'threads',
    value: 'N',
    about:
      'explore so many parts of all runs at once, divided by their first fault; default 1; with --seeds: seeds at once, default one a core',
  },
  { name: 'keep', value: 'FILE', about: 'write the search there if a bound or Ctrl-C ends it; no job is made smaller' },
  {
    name: 'go-on',
    value: 'FILE',
    about: 'go on with a search that was kept; all options but the bounds of states, memory and minutes are the same',
  },
  { name: 'certificate', value: 'FILE', about: 'write bounds, counts and verdict as JSON' },
];

export const exploreOptions: readonly OptionRow[] = [
  { name: 'explore', value: null, about: 'look at every run inside the bounds of the options that follow' },
  ...exploreOnlyOptions,
];

const meaningless: Readonly<Record<string, string>> = {
  seed: 'all runs are looked at, and none is drawn',
  seeds: 'all runs are looked at, and none is drawn',
  'no-faults': 'no fault strikes unless --faults names it',
  trace: 'a trace is of one run; replay the tape of what is found with --trace',
  report: 'a report is of one run; what is found gets one by itself',
  replay: 'a tape is one run',
  'check-determinism': 'each step is made twice and compared by itself',
  list: 'a list runs nothing',
};

export const exploreContradictions: readonly Contradiction[] = [
  ...Object.entries(meaningless).map(([name, because]) => ({ these: ['explore', name] as const, because })),
  { these: ['orders', 'reorders-max'], because: 'of steps in turn no order is left out' },
  { these: ['entries', 'faults'], because: 'where a fault may strike, the order of entries is kept' },
  { these: ['entries', 'keep'], because: 'whether anybody can tell is not kept' },
  { these: ['entries', 'go-on'], because: 'whether anybody can tell was not kept' },
  { these: ['entries', 'for-ever'], because: 'where no moment is the last, the order of entries is kept' },
  { these: ['for-ever', 'until-ms'], because: 'one says that no moment is the last, the other which one is' },
  { these: ['for-ever', 'must-arrive'], because: 'runs that must arrive need a moment until which they must' },
];
