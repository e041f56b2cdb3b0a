// What is searched, hovered or selected, on a canvas of its own on top: it changes more often than the picture.
import { NONE } from '../model/model.ts';
import { endOfLost } from './draw-traffic.ts';
import { causesOf } from './causes.ts';
import { geometryOf } from './geometry.ts';
import { BAR_HEIGHT, TASK_ROW } from './layout.ts';
import type { Item } from './selection.ts';
import type { Surface } from './surface.ts';

export function drawMarked(surface: Surface): void {
  const { view, palette, context } = surface;
  context.clearRect(0, 0, surface.width, surface.height);
  for (const index of view.found) markStep(surface, index, palette.accent, 1.5);
  if (view.hovered !== null) mark(surface, view.hovered, palette.muted);
  if (view.selected === null) return;
  if (view.selected.kind === 'step') drawCauses(surface, view.selected.index);
  mark(surface, view.selected, palette.accent);
}

function mark(surface: Surface, item: Item, colour: string): void {
  const { context, view, palette } = surface;
  const { model } = view;
  context.strokeStyle = colour;
  context.lineWidth = 3;
  switch (item.kind) {
    case 'step':
      return markStep(surface, item.index, colour, 2.5);
    case 'message':
      return markMessage(surface, item.index);
    case 'call':
      return markCall(surface, item.index);
    case 'fault':
      return markMoment(surface, model.faults[item.index]!.at, palette.fault);
    case 'violation':
      return markMoment(surface, model.violations[item.index]!.at, palette.fault);
    case 'break':
      return markMoment(surface, model.breaks[item.index]!.at, colour);
    case 'checkpoint': {
      const { triggeredAt, endedAt } = model.checkpoints[item.index]!;
      return markPeriod(surface, triggeredAt, endedAt, 0, surface.height);
    }
    case 'job': {
      const { from, to } = model.job[item.index]!;
      return markPeriod(surface, from, to, 0, surface.height);
    }
    case 'task': {
      const { lane, row, from, to } = model.tasks[item.index]!;
      return markPeriod(surface, from, to, view.layout.lanes[lane]!.tasks + row * TASK_ROW - 2, TASK_ROW + 2);
    }
    case 'life':
    case 'reign':
    case 'outage': {
      const lists = { life: model.lives, reign: model.reigns, outage: model.outages };
      const { lane, from, to } = lists[item.kind][item.index]!;
      return markPeriod(surface, from, to, view.layout.lanes[lane]!.middle - BAR_HEIGHT / 2 - 2, BAR_HEIGHT + 4);
    }
  }
}

function markStep({ context, view, px, width }: Surface, index: number, colour: string, wide: number): void {
  const { steps, stepEnds } = geometryOf(view);
  const x = px(steps[index] as number);
  if (x < -8 || x > width + 8) return;
  context.strokeStyle = colour;
  context.lineWidth = wide;
  context.beginPath();
  const middle = view.layout.lanes[view.model.steps[index]!.lane]!.middle;
  const right = Math.max(x + 2, px(stepEnds[index] as number));
  context.roundRect(x - 4, middle - 9, right - x + 8, 18, 5);
  context.stroke();
}

function markMessage({ context, view, px }: Surface, index: number): void {
  const { from, to, fate } = view.model.messages[index]!;
  const { sent, ended } = geometryOf(view);
  const end = [px(ended[index] as number), view.layout.lanes[to]?.middle ?? 0] as const;
  const [x, y] = fate === 'lost' ? endOfLost(view, px, index) : end;
  context.beginPath();
  context.moveTo(px(sent[index] as number), view.layout.lanes[from]?.middle ?? y);
  context.lineTo(x, y);
  context.stroke();
}

function markCall({ context, view, px }: Surface, index: number): void {
  const { lane, service, answeredAt } = view.model.calls[index]!;
  const { asked, applied, answered } = geometryOf(view);
  const [y0, y1] = [view.layout.lanes[lane]!.middle, view.layout.lanes[service]!.middle];
  context.beginPath();
  context.moveTo(px(asked[index] as number), y0);
  context.lineTo(px(applied[index] as number), y1);
  if (answeredAt !== NONE) context.lineTo(px(answered[index] as number), y0);
  context.stroke();
}

function markMoment({ context, x, height }: Surface, at: number, colour: string): void {
  context.strokeStyle = colour;
  context.beginPath();
  context.moveTo(x(at), 0);
  context.lineTo(x(at), height);
  context.stroke();
}

function markPeriod({ context, x, width }: Surface, from: number, to: number, top: number, height: number): void {
  const left = Math.max(-4, x(from));
  const right = Math.min(width + 4, x(to));
  if (right < left) return;
  context.lineWidth = 2;
  context.strokeRect(left, top, Math.max(1, right - left), height);
}

/** The chain of messages and requests that led to a step. */
function drawCauses(surface: Surface, step: number): void {
  const { context, view, palette } = surface;
  context.strokeStyle = palette.accent;
  context.lineWidth = 2.5;
  context.globalAlpha = 0.7;
  for (const index of causesOf(view.model, step)) {
    const { message, call } = view.model.steps[index]!;
    if (message !== NONE) markMessage(surface, message);
    else if (call !== NONE) markCall(surface, call);
  }
  context.globalAlpha = 1;
}
