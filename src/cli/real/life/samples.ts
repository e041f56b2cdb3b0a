// What a cluster takes, measured from outside while it lives: memory, open files and sockets of each process, files in its folders, the database of etcd.
import { readdirSync, readFileSync, readlinkSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { openClient } from '../../../net-real/etcd/open-client.ts';
import { parseEtcdPlace } from '../../../net-real/etcd/place.ts';
import { decodeStatus } from '../../../net-real/etcd/wire.ts';
import { ENTRIES_MAX } from '../../../net-real/ha-compaction.ts';
import { isHaFolder } from '../../../net-real/ha-service.ts';
import { ATTEMPTS_MAX, MARKS_MAX } from '../../../net-real/sink-fold.ts';
import { filesIn, type Scratch } from '../scratch.ts';
import type { Bound, Measure, Point, Series } from './flatness.ts';

const MIB = 1_048_576;

/** What is measured, by the end of its name. */
const kinds: Readonly<
  Record<string, { readonly unit: Series['unit']; readonly measure: Measure; readonly bound: Bound }>
> = {
  memory: { unit: 'bytes', measure: 'floor', bound: { factor: 1.25, more: 32 * MIB } },
  'open files': { unit: 'number', measure: 'floor', bound: { factor: 1.2, more: 8 } },
  // A JobManager that leads has a dozen more than one that waits.
  sockets: { unit: 'number', measure: 'floor', bound: { factor: 1.2, more: 16 } },
  // A generation of the log goes as the next one begins: the first third may have seen none go.
  'HA files': { unit: 'number', measure: 'peak', bound: { factor: 1.2, more: ENTRIES_MAX + 1 } },
  'HA bytes': { unit: 'bytes', measure: 'peak', bound: { factor: 1.2, more: 2 * MIB } },
  'storage files': { unit: 'number', measure: 'peak', bound: { factor: 1.5, more: 50 } },
  'storage bytes': { unit: 'bytes', measure: 'peak', bound: { factor: 1.5, more: MIB } },
  'work files': { unit: 'number', measure: 'peak', bound: { factor: 1.2, more: 10 } },
  // Marks of one writer up to two folds, and one for each attempt that committed.
  "a writer's files": {
    unit: 'number',
    measure: 'peak',
    bound: { factor: 1, more: 2 * MARKS_MAX + ATTEMPTS_MAX, most: 2 * MARKS_MAX + ATTEMPTS_MAX },
  },
  'etcd database': { unit: 'bytes', measure: 'peak', bound: { factor: 1.5, more: 4 * MIB } },
};

export interface Measured {
  /** Of a process: who. Of several under one name, the most counts. */
  readonly who: string | null;
  readonly kind: string;
  readonly value: number;
}

/** All measurements, as series. */
export class Samples {
  readonly #points = new Map<string, { readonly kind: string; readonly points: Point[] }>();

  add(atMs: number, measured: readonly Measured[]): void {
    for (const { who, kind, value } of measured) {
      const name = who === null ? kind : `${who}: ${kind}`;
      const known = this.#points.get(name) ?? { kind, points: [] };
      const last = known.points.at(-1);
      if (last?.atMs === atMs) known.points[known.points.length - 1] = { atMs, value: Math.max(last.value, value) };
      else known.points.push({ atMs, value });
      this.#points.set(name, known);
    }
  }

  count(): number {
    return Math.max(0, ...Array.from(this.#points.values(), ({ points }) => points.length));
  }

  series(): readonly Series[] {
    return Array.from(this.#points, ([name, { kind, points }]): Series[] => {
      const what = kinds[kind];
      return what === undefined ? [] : [{ name, ...what, points }];
    }).flat();
  }
}

/** Of a process that is gone, nothing. */
export function measureProcess(who: string, pid: number): Measured[] {
  try {
    const pages = Number(readFileSync(`/proc/${pid}/statm`, 'utf8').split(' ')[1]);
    const open = readdirSync(`/proc/${pid}/fd`);
    const sockets = open.filter((number) => isSocket(`/proc/${pid}/fd/${number}`)).length;
    if (!(pages > 0)) return [];
    return [
      { who, kind: 'memory', value: pages * PAGE_BYTES },
      { who, kind: 'open files', value: open.length - sockets },
      { who, kind: 'sockets', value: sockets },
    ];
  } catch {
    return [];
  }
}

const PAGE_BYTES = 4_096;

function isSocket(path: string): boolean {
  try {
    return readlinkSync(path).startsWith('socket:');
  } catch {
    return false; // closed meanwhile
  }
}

export function measureFolders({ ha, storage, work, sinks }: Scratch, sinkNames: readonly string[]): Measured[] {
  const shared: readonly (readonly [string, string])[] = isHaFolder(ha)
    ? [
        ['HA', ha],
        ['storage', storage],
      ]
    : [['storage', storage]];
  const counted = shared.flatMap(([name, folder]): Measured[] => {
    const files = filesIn(folder);
    return [
      { who: null, kind: `${name} files`, value: files.length },
      { who: null, kind: `${name} bytes`, value: files.reduce((sum, file) => sum + sizeOf(file), 0) },
    ];
  });
  const writers = sinkNames.flatMap((sink) => {
    const folder = join(sinks, sink, '.writers');
    return namesIn(folder).map((writer) => filesIn(join(folder, writer)).length);
  });
  return [
    ...counted,
    { who: null, kind: 'work files', value: filesIn(work).length },
    { who: null, kind: "a writer's files", value: Math.max(0, ...writers) },
  ];
}

function namesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

/** 0: it is gone. */
function sizeOf(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0;
}

/** @param ha as `readHa` returned it. Nothing where it is no etcd, or does not answer. */
export async function measureEtcd(ha: string): Promise<Measured[]> {
  if (isHaFolder(ha)) return [];
  const place = parseEtcdPlace(ha.slice(ha.indexOf(':') + 1), ha.startsWith('etcds:'));
  if (!place.ok) return [];
  const client = openClient(place.value);
  try {
    const sizes = (await client.statuses()).flatMap(({ failure, status }) => {
      return failure === null ? [decodeStatus(status).usedBytes] : [];
    });
    return sizes.length === 0 ? [] : [{ who: null, kind: 'etcd database', value: Math.max(...sizes) }];
  } finally {
    client.close();
  }
}
