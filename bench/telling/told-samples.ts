// Samples of a CPU profile that belong to telling: metrics, notes and logs, REST with its HTTP server.
import { readFileSync } from 'node:fs';

interface ProfileNode {
  readonly id: number;
  readonly callFrame: { readonly functionName: string; readonly url: string };
  readonly children?: readonly number[];
}

export interface CpuProfile {
  readonly nodes: readonly ProfileNode[];
  readonly samples: readonly number[];
  /** In µs, between two samples. */
  readonly timeDeltas: readonly number[];
  /** In µs, on the monotonic clock of the machine. */
  readonly startTime: number;
}

/** Whose share is told. */
export type Part = 'metrics' | 'notes' | 'REST' | 'HTTP' | 'prom-client';

export interface ToldSamples {
  readonly all: number;
  /** Without those in which the process waited. */
  readonly busy: number;
  readonly told: Readonly<Record<Part, number>>;
  /** Functions by the samples in which they ran themselves, the most first. */
  readonly functions: readonly (readonly [name: string, samples: number])[];
}

const parts: readonly (readonly [Part, RegExp])[] = [
  ['prom-client', /\/node_modules\/prom-client\//],
  ['metrics', /\/net-real\/(?:metrics|questions)\//],
  ['notes', /\/net-real\/log\/|\/core\/protocol\/(?:describe-note|notes)\.|\/core\/base\/outbox\.ts#note$/],
  ['REST', /\/src\/rest\/|\/node_modules\/(?:@hono|hono)\//],
  ['HTTP', /^node:(?:_http_|internal\/(?:http|deps\/undici|webstreams|url)|http)/],
];

export const PARTS: readonly Part[] = ['metrics', 'prom-client', 'notes', 'REST', 'HTTP'];

/** Callers that tell, and what they call that is no part of telling: the codec of the machines, and the machine whose steps are timed. */
const wrappers: readonly (readonly [caller: RegExp, called: RegExp])[] = [
  [
    /\/net-real\/(?:metrics\/frame-bytes|questions\/desk)\.ts#(?:encode|decode)$/,
    /\/(?:core\/protocol\/codec|net-real\/tcp-network)\.ts#|\/questions\/desk\.ts#(?:encode|decode)$/,
  ],
  [/\/net-real\/metrics\/task-meter\.ts#step$/, /\/core\/|\/net-real\/poison\//],
];

export function readProfile(path: string): CpuProfile {
  return JSON.parse(readFileSync(path, 'utf8')) as CpuProfile;
}

/** @param between in µs, on the monotonic clock of the machine: other samples do not count. */
export function toldSamples(profile: CpuProfile, between: readonly [from: number, to: number]): ToldSamples {
  const partOf = partsOf(profile);
  const byId = new Map(profile.nodes.map((node) => [node.id, node]));
  const told: Record<Part, number> = { metrics: 0, 'prom-client': 0, notes: 0, REST: 0, HTTP: 0 };
  const functions = new Map<string, number>();
  let [all, busy, at] = [0, 0, profile.startTime];
  for (const [index, id] of profile.samples.entries()) {
    at += profile.timeDeltas[index] ?? 0;
    if (at < between[0] || at > between[1]) continue;
    all += 1;
    const { callFrame } = byId.get(id)!;
    if (callFrame.functionName === '(idle)') continue;
    busy += 1;
    const part = partOf.get(id) ?? null;
    if (part === null) continue;
    told[part] += 1;
    const name = `${part}: ${placeOf(callFrame).split('/').slice(-2).join('/')}`;
    functions.set(name, (functions.get(name) ?? 0) + 1);
  }
  return { all, busy, told, functions: [...functions].toSorted(([, a], [, b]) => b - a) };
}

function placeOf({ functionName, url }: ProfileNode['callFrame']): string {
  return `${url}#${functionName}`;
}

/** Of each node: its own part, or else that of the nearest caller that has one. */
function partsOf({ nodes }: CpuProfile): ReadonlyMap<number, Part | null> {
  const callers = new Map(nodes.flatMap(({ id, children = [] }) => children.map((child) => [child, id] as const)));
  const frames = new Map(nodes.map(({ id, callFrame }) => [id, placeOf(callFrame)]));
  const found = new Map<number, Part | null>();
  for (const { id } of nodes) {
    let part: Part | null = null;
    let called = '';
    for (let at: number | undefined = id; at !== undefined && part === null; at = callers.get(at)) {
      const frame = frames.get(at)!;
      if (!wrappers.some(([caller, callee]) => caller.test(frame) && callee.test(called)))
        part = parts.find(([, code]) => code.test(frame))?.[0] ?? null;
      called = frame;
    }
    found.set(id, part);
  }
  return found;
}
