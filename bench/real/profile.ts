// Where the time goes: a CPU profile of a process, as shares of what its code is for.
import { readFileSync } from 'node:fs';

interface CpuProfile {
  readonly nodes: readonly {
    readonly id: number;
    readonly callFrame: { readonly functionName: string; readonly url: string };
  }[];
  readonly samples: readonly number[];
  /** In µs, between two samples. */
  readonly timeDeltas: readonly number[];
}

export interface Share {
  readonly area: string;
  /** Of the time that the process worked. */
  readonly share: number;
}

/** The first that fits. */
const areas: readonly (readonly [area: string, code: RegExp])[] = [
  ['user code and the generator of records', /\/bench\//],
  ['collecting garbage', /^\(garbage collector\)$/],
  [
    'encoding messages and snapshots, decoding',
    /\/core\/(base\/(bytes|columns|value-codec|blob|crc32)|graph\/batch-codec|protocol|checkpoint)/,
  ],
  [
    'keys, their hash, routing',
    /\/core\/(graph\/(keys|key-groups|partitioners)|operators\/(key-selector|map-key)|task\/output)/,
  ],
  ['keyed state and process', /\/core\/(operators\/(process|keyed-state|chain|stateless|emission|timer)|base\/value)/],
  ['sources, sinks, batches, queues, credits', /\/core\//],
  ['loop, streams and ports', /\/net-real\//],
];
const REST = 'Node, sockets and all else';

export function sharesOf(path: string): readonly Share[] {
  const profile = JSON.parse(readFileSync(path, 'utf8')) as CpuProfile;
  const areaOf = new Map(profile.nodes.map(({ id, callFrame }) => [id, areaOfFrame(callFrame)]));
  const times = new Map<string, number>([...areas.map(([area]) => area), REST].map((area) => [area, 0]));
  let worked = 0;
  for (const [index, sample] of profile.samples.entries()) {
    const area = areaOf.get(sample) ?? null;
    if (area === null) continue;
    const time = profile.timeDeltas[index] ?? 0;
    worked += time;
    times.set(area, (times.get(area) ?? 0) + time);
  }
  return [...times].map(([area, time]) => ({ area, share: time / worked })).toSorted((a, b) => b.share - a.share);
}

/** Null: it slept. */
function areaOfFrame({ functionName, url }: { readonly functionName: string; readonly url: string }): string | null {
  if (functionName === '(idle)') return null;
  const place = url === '' ? functionName : url;
  return areas.find(([, code]) => code.test(place))?.[0] ?? REST;
}
