// How the vertices of a job do now: what the colours of the graph mean, and the figures behind it.
import { make } from '../page/dom.ts';
import type { Job, Load, Share, Vertex } from './answers.ts';
import { bytes, card, duration, moment, percent, short, table } from './elements.ts';

/** In the order in which they lie in a bar, with their names. */
export const pressures = ['busy', 'backpressured', 'idle'] as const;
export type Pressure = (typeof pressures)[number];

export function loadOf({ load }: Vertex): Load | null {
  return load ?? null;
}

/** `busy 73 %, backpressured 20 %`. What is nearly nothing is left out; so is idle, which is the rest. */
export function describePressure({ busy, backpressured }: Load): string {
  const parts = [...describeShare('busy', busy), ...describeShare('backpressured', backpressured)];
  return parts.length === 0 ? 'idle' : parts.join(', ');
}

function describeShare(name: Pressure, { avg }: Share): readonly string[] {
  return avg < 0.005 ? [] : [`${name} ${percent(avg)}`];
}

export function legend({ vertices }: Job): readonly Node[] {
  if (vertices.every((vertex) => loadOf(vertex) === null)) return [];
  const items = pressures.map((name) => {
    const swatch = make('span', 'swatch');
    swatch.dataset['pressure'] = name;
    return make('li', '', swatch, name);
  });
  return [
    make(
      'ul',
      'legend',
      ...items,
      make('li', 'muted', 'of the last five seconds; a wide edge carries more records, a dashed one is held back'),
    ),
  ];
}

export function loadView({ vertices }: Job): readonly Node[] {
  if (vertices.every((vertex) => loadOf(vertex) === null)) return [];
  return [card('Vertices now', table('how the vertices do now', HEAD, vertices.map(rowOf)))];
}

const HEAD = [
  'Vertex',
  'Records in /s',
  'Records out /s',
  'Bytes in, out /s',
  'Busy (most)',
  'Backpressured (most)',
  'Queued in, out',
  'Watermark',
  'Late records',
];

function rowOf(vertex: Vertex): readonly (Node | string)[] {
  const load = loadOf(vertex);
  if (load === null) return [vertex.name, ...HEAD.slice(1).map(() => '–')];
  const isPart = load.subtasks < vertex.parallelism;
  return [
    isPart ? `${vertex.name} (${load.subtasks} of ${vertex.parallelism} subtasks)` : vertex.name,
    short(load['records-in-per-second']),
    short(load['records-out-per-second']),
    `${bytesRate(load['bytes-in-per-second'])}, ${bytesRate(load['bytes-out-per-second'])}`,
    share(load.busy),
    share(load.backpressured),
    `${load['input-queue']}, ${load['output-queue']}`,
    watermark(load.watermark),
    late(load),
  ];
}

function bytesRate(rate: number | null): string {
  return rate === null ? '–' : bytes(Math.round(rate));
}

function share({ avg, max }: Share): HTMLElement {
  return make('span', 'whole', `${percent(avg)} (${percent(max)})`);
}

function late({ 'late-records': all }: Load): string {
  return all.length === 0 ? '–' : all.map(({ operator, records }) => `${operator} ${short(records)}`).join(', ');
}

/** Behind the end of all input: the largest whole number. */
const LAST_WATERMARK = Number.MAX_SAFE_INTEGER;
/** An event time that is so near is one of a clock, and what it lags behind means something. */
const NEAR_MS = 7 * 86_400_000;

function watermark(at: number | null): string {
  if (at === null) return 'none yet';
  if (at >= LAST_WATERMARK) return 'the end';
  const lag = Date.now() - at;
  const time = at > 0 ? moment(at) : `${at} ms`;
  return Math.abs(lag) < NEAR_MS ? `${time}, ${duration(Math.max(0, lag))} ago` : time;
}
