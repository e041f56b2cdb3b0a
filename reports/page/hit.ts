// What lies under the pointer. Small things win over large ones.
import { NONE } from '../model/model.ts';
import { endOfLost } from './draw-traffic.ts';
import { firstStepInSight, geometryOf, toPixels } from './geometry.ts';
import { BAR_HEIGHT, TASK_ROW } from './layout.ts';
import type { Item } from './selection.ts';
import { inSight } from './sight.ts';
import type { View } from './view.ts';

const REACH = 5; // pixels

export function itemAt(view: View, x: number, y: number, width: number): Item | null {
  const px = toPixels(view, width);
  return stepAt(view, px, x, y) ?? trafficAt(view, px, x, y, width) ?? periodAt(view, px, x, y);
}

type ToPixels = (position: number) => number;

function stepAt(view: View, px: ToPixels, x: number, y: number): Item | null {
  const { steps } = view.model;
  const { steps: at, stepEnds } = geometryOf(view);
  let best: Item | null = null;
  let nearest = REACH;
  for (let index = firstStepInSight(view); index < steps.length; index++) {
    const left = px(at[index] as number);
    if (left > x + REACH) break;
    const { lane, category } = steps[index]!;
    if (Math.abs(view.layout.lanes[lane]!.middle - y) > BAR_HEIGHT / 2 || !view.shown.has(category)) continue;
    const distance = Math.max(left - x, x - Math.max(left, px(stepEnds[index] as number)), 0);
    if (distance < nearest || (distance === 0 && nearest === 0)) {
      nearest = distance;
      best = { kind: 'step', index };
    }
  }
  return best;
}

function trafficAt(view: View, px: ToPixels, x: number, y: number, width: number): Item | null {
  const { messages, calls } = view.model;
  const geometry = geometryOf(view);
  const middle = (lane: number): number => view.layout.lanes[lane]?.middle ?? 0;
  let best: Item | null = null;
  let nearest = REACH;
  const consider = (kind: 'message' | 'call', index: number, distance: number): void => {
    if (distance >= nearest) return;
    nearest = distance;
    best = { kind, index };
  };
  const sight = inSight({ view, px, width });
  for (const index of sight.messages) {
    const { from, to, fate } = messages[index]!;
    const [x0, y0] = [px(geometry.sent[index] as number), middle(from)];
    const [x1, y1] = fate === 'lost' ? endOfLost(view, px, index) : [px(geometry.ended[index] as number), middle(to)];
    consider('message', index, distanceTo(x, y, [x0, y0, x1, y1]));
  }
  for (const index of sight.calls) {
    const { lane, service, answeredAt } = calls[index]!;
    const [x0, x1, x2] = [geometry.asked, geometry.applied, geometry.answered].map((list) => px(list[index] as number));
    consider('call', index, distanceTo(x, y, [x0!, middle(lane), x1!, middle(service)]));
    if (answeredAt !== NONE) consider('call', index, distanceTo(x, y, [x1!, middle(service), x2!, middle(lane)]));
  }
  return best;
}

function distanceTo(x: number, y: number, [x0, y0, x1, y1]: readonly [number, number, number, number]): number {
  const [dx, dy] = [x1 - x0, y1 - y0];
  const length = dx * dx + dy * dy;
  const along = length === 0 ? 0 : Math.max(0, Math.min(1, ((x - x0) * dx + (y - y0) * dy) / length));
  return Math.hypot(x - x0 - along * dx, y - y0 - along * dy);
}

function periodAt(view: View, px: ToPixels, x: number, y: number): Item | null {
  const { model, layout, positions } = view;
  const lane = layout.lanes.findIndex(({ top, height }) => y >= top && y < top + height);
  const box = layout.lanes[lane];
  if (box === undefined) return null;
  const covers = (period: { from: number; to: number }): boolean =>
    px(positions.of(period.from)) <= x + 2 && px(positions.of(period.to)) >= x - 2;
  const row = Math.floor((y - box.tasks) / TASK_ROW);
  return (
    find(
      'outage',
      model.outages.findIndex((one) => one.lane === lane && covers(one) && y < box.middle + BAR_HEIGHT / 2),
    ) ??
    find(
      'task',
      model.tasks.findIndex((one) => one.lane === lane && one.row === row && covers(one)),
    ) ??
    find(
      'reign',
      model.reigns.findIndex((one) => one.lane === lane && covers(one) && y > box.middle + BAR_HEIGHT / 2),
    ) ??
    find(
      'life',
      model.lives.findIndex((one) => one.lane === lane && covers(one)),
    )
  );
}

function find(kind: 'outage' | 'task' | 'reign' | 'life', index: number): Item | null {
  return index < 0 ? null : { kind, index };
}
