// The rows above the lanes: faults, how the job fared, checkpoints. They are elements, not paint, so that they can be reached by keyboard
// and read aloud.
import { select } from 'd3';
import type { JobPeriod, RunModel } from '../model/model.ts';
import { NONE } from '../model/model.ts';
import { toPixels } from './geometry.ts';
import { isSame } from './selection.ts';
import type { Item } from './selection.ts';
import { describeItem } from './text.ts';
import type { View } from './view.ts';

const TRACK_HEIGHT = 22;

interface Mark {
  readonly item: Item;
  readonly track: number;
  readonly from: number;
  readonly to: number;
  readonly className: string;
  readonly label: string;
  /** Where there is no room for that. */
  readonly brief: string;
  readonly point: boolean;
}

type Placed = Mark & {
  readonly left: number;
  readonly right: number;
  readonly id: string;
  /** Middle of a flag, whose tip stands at `left`. */
  readonly flag: number;
};

export function drawTracks(element: SVGGElement, view: View, width: number, onClick: (item: Item) => void): void {
  const px = toPixels(view, width);
  const x = (at: number): number => px(view.positions.of(at));
  const placed = marksOf(view.model)
    .map((mark) => ({ ...mark, left: x(mark.from), right: x(mark.to), id: `${mark.item.kind} ${mark.item.index}` }))
    .filter(({ left, right }) => right >= -10 && left <= width + 10)
    .map(besideEachOther());
  const marks = select(element)
    .selectAll<SVGGElement, Placed>('g.mark')
    .data(placed, ({ id }) => id)
    .join((enter) => {
      const mark = enter
        .append('g')
        .attr('role', 'button')
        .attr('tabindex', 0)
        .attr('data-item', ({ id }) => id)
        .attr('aria-label', ({ item }) => describeItem(view.model, item).title);
      mark.append('path');
      mark.append('text');
      mark.append('title').text(({ item }) => describeItem(view.model, item).title);
      mark.on('click', (_, { item }) => onClick(item));
      mark.on('keydown', (event: KeyboardEvent, { item }) => {
        if (event.key !== 'Enter' && event.key !== ' ') return;
        event.preventDefault();
        onClick(item);
      });
      return mark;
    })
    .attr('class', ({ item, className }) => `mark ${className}${isSame(item, view.selected) ? ' selected' : ''}`)
    .attr('transform', ({ track }) => `translate(0 ${track * TRACK_HEIGHT})`);
  marks.select('path').attr('d', shapeOf);
  marks
    .select('text')
    .attr('x', ({ point, left, flag }) => (point ? flag : Math.max(0, left) + 6))
    .attr('y', TRACK_HEIGHT / 2 + 4)
    .text((mark) => fitting(mark, width));
}

const FLAG = 18; // pixels wide
const SHIFT_MAX = 40; // beyond that, flags lie on each other until one zooms in

/** Flags of moments that are close stand side by side; they come in order of time. */
function besideEachOther(): (mark: Omit<Placed, 'flag'>) => Placed {
  let last = Number.NEGATIVE_INFINITY;
  return (mark) => {
    if (!mark.point) return { ...mark, flag: mark.left };
    const wanted = Math.max(mark.left, last + FLAG + 1);
    const flag = wanted - mark.left > SHIFT_MAX ? mark.left : wanted;
    last = flag;
    return { ...mark, flag };
  };
}

const TOP = 2;
const BOTTOM = TRACK_HEIGHT - 3;

/** A flag for a moment, a bar for a period. */
function shapeOf({ point, left, right, flag }: Placed): string {
  if (point) return `M${flag - FLAG / 2} ${TOP}h${FLAG}v12L${left} ${BOTTOM + 2}L${flag - FLAG / 2} ${TOP + 12}z`;
  return `M${left} ${TOP}H${Math.max(left + 2, right)}V${BOTTOM}H${left}z`;
}

const CHARACTER = 6.3; // pixels of a character, about
const CAPITAL = 8.3;
const CUT_MIN = 11; // characters that are worth showing without the rest

function lengthOf(text: string): number {
  const capitals = text.replaceAll(/[^A-Z✓✗…]/g, '').length;
  return (text.length - capitals) * CHARACTER + capitals * CAPITAL;
}

/** What there is room for: all of it, its beginning, its brief form, or nothing. */
function fitting({ point, label, brief, left, right }: Placed, width: number): string {
  if (point) return label;
  const room = Math.min(width, right) - Math.max(0, left) - 10;
  if (lengthOf(label) <= room) return label;
  let cut = label.slice(0, -1);
  while (cut !== '' && lengthOf(`${cut}…`) > room) cut = cut.slice(0, -1);
  if (cut.length > CUT_MIN) return `${cut}…`;
  return lengthOf(brief) <= room ? brief : '';
}

function marksOf(model: RunModel): Mark[] {
  const faults = model.faults.map(({ at }, index): Mark => {
    return { ...atMoment('fault', index, at), className: 'fault', ...named(String(index + 1)) };
  });
  const violations = model.violations.map(({ at }, index): Mark => {
    return { ...atMoment('violation', index, at), className: 'violation', ...named('!') };
  });
  const job = model.job.map((period, index): Mark => {
    const { from, to } = period;
    return {
      item: { kind: 'job', index },
      track: 1,
      from,
      to,
      point: false,
      className: classOfJob(period),
      label: labelOfJob(period),
      brief: briefOfJob(period),
    };
  });
  const checkpoints = model.checkpoints.map(({ id, triggeredAt, endedAt, outcome }, index): Mark => {
    const isDone = outcome === 'completed';
    const label = `${id}${isDone ? ' ✓' : outcome === 'open' ? ' …' : ' ✗'}`;
    return {
      item: { kind: 'checkpoint', index },
      track: 2,
      from: triggeredAt,
      to: endedAt,
      point: false,
      className: `checkpoint ${outcome}`,
      label,
      brief: String(id),
    };
  });
  const moments = [...faults, ...violations].sort((one, other) => one.from - other.from);
  return [...job, ...checkpoints, ...moments].filter(({ from }) => from !== NONE);
}

function atMoment(kind: 'fault' | 'violation', index: number, at: number): Omit<Mark, 'className' | 'label' | 'brief'> {
  return { item: { kind, index }, track: 0, from: at, to: at, point: true };
}

function named(label: string): Pick<Mark, 'label' | 'brief'> {
  return { label, brief: label };
}

function classOfJob({ state }: JobPeriod): string {
  return `job ${state.toLowerCase()}`;
}

function labelOfJob({ state, text }: JobPeriod): string {
  return text === '' ? state : state === 'RUNNING' ? text : `${state} ${text}`;
}

function briefOfJob({ state, attempt }: JobPeriod): string {
  return attempt === NONE ? state : `attempt ${attempt}`;
}
