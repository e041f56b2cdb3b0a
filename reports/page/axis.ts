// The time axis. Evenly spaced, it says at each tick which moment that is.
import { axisTop, scaleLinear, select } from 'd3';
import { formatTick } from '../model/times.ts';
import type { View } from './view.ts';

const PIXELS_PER_TICK = 110;
const EDGE = 24;

export function drawAxis(element: SVGGElement, view: View, width: number): void {
  const { positions, from, to } = view;
  const isEven = positions.spacing === 'even';
  const scale = scaleLinear(isEven ? [from, to] : [positions.at(from), positions.at(to)], [0, width]);
  const ticks = scale.ticks(Math.max(2, Math.floor(width / PIXELS_PER_TICK)));
  const apart = isEven ? closest(ticks.map((tick) => positions.at(tick))) : (ticks[1] ?? 1) - (ticks[0] ?? 0);
  const axis = axisTop(scale)
    .tickValues(ticks)
    .tickFormat((tick) => formatTick(isEven ? positions.at(Number(tick)) : Number(tick), Math.max(1, apart)))
    .tickSizeOuter(0);
  select(element)
    .call(axis)
    .selectAll<SVGTextElement, number>('text')
    .attr('text-anchor', (tick) => (scale(tick) < EDGE ? 'start' : scale(tick) > width - EDGE ? 'end' : 'middle'));
}

/** Ticks that lie evenly lie at any times: their labels need digits that tell them apart. */
function closest(times: readonly number[]): number {
  const gaps = times.slice(1).map((time, index) => time - (times[index] as number));
  return Math.min(...gaps.filter((gap) => gap > 0), Number.MAX_SAFE_INTEGER);
}
