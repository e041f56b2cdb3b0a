// What an exploration found, as data: bounds, counts and verdict. Nothing of the machine or the time: equal explorations give equal bytes.
import { shownPath, writeWhole } from '../../files.ts';
import { codeHash } from './code-hash.ts';
import type { Tried } from './explore-once.ts';
import type { ExplorePlan } from './explore-plan.ts';

export const CERTIFICATE_FORMAT = 'millrace-certificate';
export const CERTIFICATE_VERSION = 1;

export interface Certificate {
  readonly format: typeof CERTIFICATE_FORMAT;
  readonly version: typeof CERTIFICATE_VERSION;
  readonly scenario: { readonly kind: string; readonly name: string; readonly file: string };
  /** Of all code that ran, and of the data of the scenario. */
  readonly code: string;
  readonly bounds: {
    readonly from: string;
    readonly to: string | null;
    /** Null: no moment is the last. */
    readonly untilMs: number | null;
    readonly mustArrive: boolean;
    readonly faults: readonly string[];
    readonly faultsMax: number;
    readonly deviationsMax: number;
    readonly chancesMax: number;
    /** Null: all orders. */
    readonly fatesMax: number | null;
    readonly reordersMax: number | null;
    /** Overrides of options, with those under which nothing takes time. */
    readonly set: Readonly<Record<string, number>>;
    /** Records of each split that were read. */
    readonly records: Readonly<Record<string, number>>;
    readonly nodes: readonly string[];
  };
  readonly search: {
    readonly order: string;
    readonly memory: string;
    readonly orders: 'some' | 'all';
    /** Nodes that change places: of states that differ in nothing else, one was looked at. */
    readonly symmetric: readonly (readonly string[])[];
    /** `any`: of states that differ in nothing but the order in which entries came into maps and sets, one was looked at. Absent: the order was kept. */
    readonly entries?: 'any';
    /** Parts of all runs that were explored by themselves: counts are sums, and a state may be counted in several. */
    readonly shares: number;
  };
  readonly verdict: {
    readonly outcome: 'complete' | 'violated' | 'stopped';
    /** Which bound ended it, or null. */
    readonly reason: string | null;
    /** What is wrong, or null. */
    readonly sentence: string | null;
    /** Some run is at the last moment inside the bounds. */
    readonly reachedEnd: boolean;
  };
  readonly counts: {
    readonly unique: number;
    readonly total: number;
    /** Null where the search does not know it. */
    readonly depth: number | null;
    /** Share of the states with a choice in which orders were left out that nobody can tell apart. */
    readonly leftOutShare: number;
    /** Expected pairs of states that were taken for one. */
    readonly missedExpected: number;
  };
}

export async function certificateOf(plan: ExplorePlan, tried: Tried): Promise<Certificate> {
  const { setup, search, shares, symmetric } = plan;
  const { kind, name } = setup.guest;
  return {
    format: CERTIFICATE_FORMAT,
    version: CERTIFICATE_VERSION,
    scenario: { kind, name, file: shownPath(setup.file) },
    code: await codeHash(setup),
    bounds: boundsOf(plan, tried),
    search: {
      order: search.order,
      memory: search.memory,
      orders: search.shortcuts?.reduces === false ? 'all' : 'some',
      symmetric,
      ...(search.shortcuts?.mergesEntries === true ? { entries: 'any' as const } : {}),
      shares,
    },
    ...foundOf(plan, tried),
  };
}

function boundsOf({ bounds, setup, lengths }: ExplorePlan, { inputLimits, explored }: Tried): Certificate['bounds'] {
  const records = Object.entries(lengths).map(([name, length]) => [name, inputLimits[name] ?? length] as const);
  return {
    from: bounds.from,
    to: bounds.to,
    untilMs: bounds.isForEver === true ? null : bounds.untilMs,
    mustArrive: bounds.mustArrive ?? false,
    faults: bounds.faults,
    faultsMax: bounds.faultsMax,
    deviationsMax: bounds.deviationsMax,
    chancesMax: bounds.chancesMax,
    fatesMax: bounds.fatesMax,
    reordersMax: bounds.reordersMax,
    set: bounds.set,
    records: Object.fromEntries(records),
    nodes: Object.keys(setup.guest.header.roles).filter((address) => explored?.nodeStates[address] !== undefined),
  };
}

function foundOf({ search }: ExplorePlan, { explored }: Tried): Pick<Certificate, 'verdict' | 'counts'> {
  if (explored === null) throw new Error('nothing was explored');
  const { outcome, reason, unique, total, depth, missedExpected, leftOutShare, counterexample, reachedEnd } = explored;
  return {
    verdict: { outcome, reason, sentence: counterexample?.text ?? null, reachedEnd },
    counts: { unique, total, depth: search.order === 'depth' ? null : depth, leftOutShare, missedExpected },
  };
}

/** One text form. */
export function certificateText(certificate: Certificate): string {
  return `${JSON.stringify(certificate, null, 2)}\n`;
}

export function writeCertificate(certificate: Certificate, path: string): void {
  writeWhole(path, certificateText(certificate));
}
