// From words of a command line to an exploration that is asked for. Pure: moments and faults are judged when the guest is loaded.
import type { Result } from '../../../core/base/value.ts';
import type { GivenSettings } from '../settings.ts';

/** What is to be explored, as it was typed. */
export interface ExploreCommand extends GivenSettings {
  readonly kind: 'explore';
  readonly scenario: string;
  /** Null: 1 if faults are named, else 0. */
  readonly faultsMax: number | null;
  readonly deviationsMax: number;
  readonly chancesMax: number;
  /** Null: any number. */
  readonly fatesMax: number | null;
  /** Null: all orders. */
  readonly reordersMax: number | null;
  /** Names of moments; null: the default of the guest. */
  readonly from: string | null;
  readonly to: string | null;
  /** In ms of world time; null: as long as faults of a run last. */
  readonly untilMs: number | null;
  readonly mustArrive: boolean;
  readonly isForEver: boolean;
  /** Records of each split; null: as many as fit. */
  readonly recordsMax: number | null;
  readonly order: 'breadth' | 'depth';
  readonly memory: 'exact' | 'compact';
  /** `some`: of orders that nobody can tell apart, one. */
  readonly orders: 'some' | 'all';
  /** Of states that differ in nothing but which node is which, one is looked at where the guest says that this makes no difference. */
  readonly unifies: boolean;
  /** States that differ in nothing but the order in which entries came into maps and sets are one. */
  readonly mergesEntries: boolean;
  readonly statesMax: number;
  readonly memoryMaxMb: number;
  /** So many parts of all runs are explored at once. */
  readonly threads: number;
  /** Null: no bound. */
  readonly minutesMax: number | null;
  readonly json: boolean;
  readonly certificate: string | null;
  /** Where the search is written if a bound ends it. */
  readonly keep: string | null;
  /** Where it goes on from. */
  readonly goOn: string | null;
}

type Options = ReadonlyMap<string, readonly string[]>;

export const ranges = {
  'faults-max': [0, 100],
  'deviations-max': [0, 1_000],
  'chances-max': [0, 1_000],
  'fates-max': [0, 1_000],
  'reorders-max': [0, 1_000],
  'until-ms': [1, 86_400_000],
  'records-max': [0, 1_000_000_000],
  'states-max': [1, 2 ** 31],
  'memory-max-mb': [1, 1_000_000],
  threads: [1, 64],
  'minutes-max': [1, 100_000],
} as const satisfies Readonly<Record<string, readonly [min: number, max: number]>>;

const choices = {
  order: ['breadth', 'depth'],
  memory: ['exact', 'compact'],
  orders: ['some', 'all'],
  symmetry: ['on', 'off'],
  entries: ['any', 'kept'],
} as const;

export const STATES_MAX = 2_000_000;
export const MEMORY_MAX_MB = 4_000;

/** @param settings scenario, `--set` and `--faults`; `faults` is empty where none are named */
export function readExplore(
  options: Options,
  settings: GivenSettings & { readonly scenario: string },
): Result<ExploreCommand> {
  const mistake = mistakeIn(options);
  if (mistake !== null) return { ok: false, reason: mistake };
  const text = (name: string): string | null => options.get(name)?.[0] ?? null;
  const number = (name: keyof typeof ranges): number | null => (options.has(name) ? Number(text(name)) : null);
  return {
    ok: true,
    value: {
      ...settings,
      kind: 'explore',
      faultsMax: number('faults-max'),
      deviationsMax: number('deviations-max') ?? 0,
      chancesMax: number('chances-max') ?? 0,
      fatesMax: number('fates-max'),
      reordersMax: number('reorders-max'),
      from: text('from'),
      to: text('to'),
      untilMs: number('until-ms'),
      mustArrive: options.has('must-arrive'),
      isForEver: options.has('for-ever'),
      recordsMax: number('records-max'),
      order: text('order') === 'depth' ? 'depth' : 'breadth',
      memory: text('memory') === 'compact' ? 'compact' : 'exact',
      orders: text('orders') === 'all' ? 'all' : 'some',
      unifies: text('symmetry') !== 'off',
      mergesEntries: text('entries') === 'any',
      statesMax: number('states-max') ?? STATES_MAX,
      memoryMaxMb: number('memory-max-mb') ?? MEMORY_MAX_MB,
      threads: number('threads') ?? 1,
      minutesMax: number('minutes-max'),
      json: options.has('json'),
      certificate: text('certificate'),
      keep: text('keep'),
      goOn: text('go-on'),
    },
  };
}

/** The first thing that cannot be followed, as a sentence. */
function mistakeIn(options: Options): string | null {
  const mistakes = [
    ...Object.entries(ranges).map(([name, range]) => numberMistake(options, name, range)),
    ...Object.entries(choices).map(([name, known]) => choiceMistake(options, name, known)),
    faultsMistake(options),
    fatesMistake(options),
    threadsMistake(options),
    keptThreadsMistake(options),
  ];
  return mistakes.find((mistake) => mistake !== null) ?? null;
}

/** A number that is none, or out of its range, as a sentence; null: it is right, or not given. */
export function numberMistake(options: Options, name: string, [min, max]: readonly [number, number]): string | null {
  const text = options.get(name)?.[0];
  if (text === undefined) return null;
  const value = /^\d+$/.test(text) ? Number(text) : Number.NaN;
  if (value >= min && value <= max) return null;
  return `--${name} ${text}: expected a whole number from ${min} to ${max}`;
}

function choiceMistake(options: Options, name: string, known: readonly string[]): string | null {
  const text = options.get(name)?.[0];
  return text === undefined || known.includes(text) ? null : `--${name} ${text}: expected ${known.join(' or ')}`;
}

function faultsMistake(options: Options): string | null {
  const most = options.get('faults-max')?.[0];
  if (most === undefined) return null;
  const isNamed = options.has('faults');
  if (Number(most) > 0 && !isNamed)
    return `--faults-max ${most} needs --faults KIND,KIND: which faults may strike, or --faults scenario for those of the scenario`;
  return Number(most) === 0 && isNamed ? '--faults-max 0 and --faults contradict each other: then none strikes' : null;
}

function fatesMistake(options: Options): string | null {
  const most = options.get('fates-max')?.[0];
  if (most === undefined || options.has('faults')) return null;
  return `--fates-max ${most} needs --faults: nothing is left open where no fault strikes`;
}

function threadsMistake(options: Options): string | null {
  const threads = options.get('threads')?.[0] ?? '1';
  if (threads === '1' || options.has('faults')) return null;
  return `--threads ${threads} needs --faults: runs are divided by their first fault, and without one they are all in one part`;
}

function keptThreadsMistake(options: Options): string | null {
  const threads = options.get('threads')?.[0] ?? '1';
  const kept = ['keep', 'go-on'].find((name) => options.has(name));
  if (threads === '1' || kept === undefined) return null;
  return `--threads ${threads} and --${kept} contradict each other: a search in one thread alone is kept`;
}
