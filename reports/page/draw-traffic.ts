// Messages and requests: lines from where they left to where they came. Where many lie within one pixel, one of each kind is drawn.
import type { Category } from '../model/model.ts';
import { NONE } from '../model/model.ts';
import { geometryOf } from './geometry.ts';
import { dashes, widths } from './palette.ts';
import { inSight } from './sight.ts';
import { drawCross } from './surface.ts';
import type { Surface } from './surface.ts';
import type { View } from './view.ts';

/** From the least important to the most: what lies on top is seen. */
const order: readonly Category[] = ['heartbeat', 'data', 'request', 'control', 'checkpoint'];

/** Beyond so many lines in sight they fade, so that a wall of them still shows what lies behind. */
const LINES_OPAQUE = 500;
const ALPHA_MIN = 0.22;
const DASHED_MAX = 600; // in a wall of lines nobody sees dashes, and they are slow to paint

export function drawMessages(surface: Surface): void {
  const { view, context } = surface;
  const lines = new Map<Category, number[]>(order.map((category) => [category, []]));
  const lost: number[] = [];
  for (const index of inSight(surface).messages) {
    const message = view.model.messages[index]!;
    if (message.fate === 'lost') lost.push(index);
    else lines.get(message.category)?.push(index);
  }
  for (const category of order) {
    const indexes = lines.get(category) ?? [];
    style(surface, category, indexes.length);
    context.beginPath();
    for (const index of indexes) traceMessage(surface, index);
    context.stroke();
    drawHeads(surface, indexes);
  }
  context.globalAlpha = 1;
  for (const index of lost) drawLost(surface, index);
  context.setLineDash([]);
}

function style({ context, palette }: Surface, category: Category, lines: number): void {
  context.strokeStyle = palette.of[category];
  context.fillStyle = palette.of[category];
  context.lineWidth = widths[category];
  context.setLineDash(lines > DASHED_MAX ? [] : [...dashes[category]]);
  context.globalAlpha = Math.max(ALPHA_MIN, Math.min(0.85, LINES_OPAQUE / lines));
}

const LOOP = 16; // how far a message to oneself goes up

function traceMessage({ context, view, px }: Surface, index: number): void {
  const { from, to } = view.model.messages[index]!;
  const { sent, ended } = geometryOf(view);
  const [x0, x1] = [px(sent[index] as number), px(ended[index] as number)];
  const [y0, y1] = [view.layout.lanes[from]!.middle, view.layout.lanes[to]!.middle];
  context.moveTo(x0, y0);
  if (from === to) context.quadraticCurveTo((x0 + x1) / 2, y0 - LOOP, x1, y1);
  else context.lineTo(x1, y1);
}

const HEADS_MAX = 250;
const HEAD = 5;

/** Arrow heads, as long as they can be told apart. */
function drawHeads({ context, view, px, width }: Surface, indexes: readonly number[]): void {
  if (indexes.length > HEADS_MAX) return;
  const { sent, ended } = geometryOf(view);
  for (const index of indexes) {
    const { from, to } = view.model.messages[index]!;
    const x1 = px(ended[index] as number);
    if (from === to || x1 < 0 || x1 > width) continue;
    const y1 = view.layout.lanes[to]!.middle;
    const angle = Math.atan2(y1 - view.layout.lanes[from]!.middle, x1 - px(sent[index] as number));
    context.beginPath();
    context.moveTo(x1, y1);
    context.lineTo(x1 - HEAD * 1.6 * Math.cos(angle - 0.38), y1 - HEAD * 1.6 * Math.sin(angle - 0.38));
    context.lineTo(x1 - HEAD * 1.6 * Math.cos(angle + 0.38), y1 - HEAD * 1.6 * Math.sin(angle + 0.38));
    context.fill();
  }
}

/** It ends in a cross: on the way if it was lost at once, at the receiver if nobody was there. */
function drawLost({ context, view, px, palette }: Surface, index: number): void {
  const [x1, y1] = endOfLost(view, px, index);
  const { from, category } = view.model.messages[index]!;
  const x0 = px(geometryOf(view).sent[index] as number);
  context.strokeStyle = palette.of[category];
  context.lineWidth = widths[category];
  context.setLineDash([...dashes[category]]);
  context.beginPath();
  context.moveTo(x0, view.layout.lanes[from]!.middle);
  context.lineTo(x1, y1);
  context.stroke();
  context.setLineDash([]);
  context.strokeStyle = palette.fault;
  context.lineWidth = 2;
  drawCross(context, x1, y1, 4);
}

const LOST_WAY = 0.6; // how far one is drawn that never came into reach of its receiver

export function endOfLost(view: View, px: (position: number) => number, index: number): readonly [number, number] {
  const { from, to } = view.model.messages[index]!;
  const { sent, ended } = geometryOf(view);
  const [y0, y1] = [view.layout.lanes[from]!.middle, view.layout.lanes[to]!.middle];
  return [Math.max(px(ended[index] as number), px(sent[index] as number)), y0 + (y1 - y0) * LOST_WAY];
}

export function drawCalls(surface: Surface): void {
  const { context, view, px, palette } = surface;
  const { asked, applied, answered } = geometryOf(view);
  const shown = inSight(surface).calls;
  for (const category of order) {
    const indexes = shown.filter((index) => view.model.calls[index]!.category === category);
    style(surface, category, indexes.length * 2);
    context.beginPath();
    for (const index of indexes) {
      const { lane, service, appliedAt, answeredAt } = view.model.calls[index]!;
      const [y0, y1] = [view.layout.lanes[lane]!.middle, view.layout.lanes[service]!.middle];
      context.moveTo(px(asked[index] as number), y0);
      if (appliedAt === NONE && answeredAt === NONE) context.lineTo(px(asked[index] as number), (y0 + y1) / 2);
      else context.lineTo(px(applied[index] as number), y1);
      if (answeredAt !== NONE) context.lineTo(px(answered[index] as number), y0);
    }
    context.stroke();
  }
  context.globalAlpha = 1;
  context.setLineDash([]);
  for (const index of shown) {
    const { service, failed, appliedAt } = view.model.calls[index]!;
    const [x, y] = [px(applied[index] as number), view.layout.lanes[service]!.middle];
    context.fillStyle = context.strokeStyle = failed ? palette.fault : palette.of.request;
    context.lineWidth = 1.6;
    if (failed && appliedAt === NONE) drawCross(context, x, y, 3.5);
    else context.fillRect(x - 1.25, y - 5, 2.5, 10);
  }
}
