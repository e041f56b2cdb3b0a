// The whole run in one strip: how much happened when, and what went wrong. The brush on it chooses the window.
import { area, curveStep, max, scaleLinear, select } from 'd3';
import type { View } from './view.ts';

const BINS = 300;

export function drawOverview(svg: SVGSVGElement, view: View): void {
  const width = svg.clientWidth;
  const height = svg.clientHeight;
  const { model, positions } = view;
  const scale = scaleLinear([0, positions.end], [0, width]);
  const counts = countSteps(view);
  const up = scaleLinear([0, max(counts) ?? 1], [height - 1, 8]);
  const shape = area<number>()
    .x((_, bin) => (bin * width) / BINS)
    .y0(height)
    .y1((count) => up(count))
    .curve(curveStep);
  const root = select(svg);
  root.select('path.density').attr('d', shape(counts));
  root
    .select('g.moments')
    .selectAll('line')
    .data([
      ...model.checkpoints.map(({ triggeredAt }) => ({ at: triggeredAt, kind: 'checkpoint' })),
      ...model.faults.map(({ at }) => ({ at, kind: 'fault' })),
      ...model.violations.map(({ at }) => ({ at, kind: 'violation' })),
    ])
    .join('line')
    .attr('class', ({ kind }) => kind)
    .attr('x1', ({ at }) => scale(positions.of(at)))
    .attr('x2', ({ at }) => scale(positions.of(at)))
    .attr('y1', ({ kind }) => (kind === 'checkpoint' ? height - 8 : 0))
    .attr('y2', height);
}

/** By the logarithm, so that a single step still shows beside a thousand. */
function countSteps({ model, positions }: View): number[] {
  const counts = Array.from({ length: BINS }, () => 0);
  for (const { at } of model.steps) {
    const bin = Math.min(BINS - 1, Math.floor((positions.of(at) / positions.end) * BINS));
    counts[bin] = (counts[bin] ?? 0) + 1;
  }
  return counts.map((count) => Math.log2(1 + count));
}
