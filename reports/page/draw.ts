// The picture: lanes with their processes, and what passes between them. It is drawn anew for each frame, from behind to the front.
import type { Category, Checkpoint } from '../model/model.ts';
import { NONE } from '../model/model.ts';
import { drawCalls, drawMessages } from './draw-traffic.ts';
import { firstStepInSight, geometryOf, toPixels } from './geometry.ts';
import { BAR_HEIGHT, TASK_ROW } from './layout.ts';
import type { Palette } from './palette.ts';
import { drawLabels } from './draw-labels.ts';
import { drawCross, write } from './surface.ts';
import type { Box, Surface, Word } from './surface.ts';
import type { View } from './view.ts';

export function surfaceOf(context: CanvasRenderingContext2D, view: View, palette: Palette, width: number): Surface {
  const px = toPixels(view, width);
  return {
    context,
    width,
    height: view.layout.height,
    palette,
    view,
    px,
    x: (at) => px(view.positions.of(at)),
  };
}

export function draw(surface: Surface): void {
  surface.context.clearRect(0, 0, surface.width, surface.height);
  drawLanes(surface);
  drawCheckpoints(surface);
  drawMoments(surface);
  const words = [...drawLives(surface), ...drawReigns(surface)];
  drawTasks(surface);
  drawCalls(surface);
  drawMessages(surface);
  drawSteps(surface);
  words.push(...drawOutages(surface));
  drawBreaks(surface);
  drawLabels(
    surface,
    words.map((word) => write(surface, word)),
  );
}

function drawLanes({ context, width, palette, view }: Surface): void {
  view.layout.lanes.forEach(({ top, height, middle }, lane) => {
    context.fillStyle = lane % 2 === 0 ? palette.band : palette.card;
    context.fillRect(0, top, width, height);
    context.fillStyle = palette.line;
    context.fillRect(0, middle - 0.5, width, 1);
  });
}

/** A cut through all lanes: it begins at the leader, comes to each TaskManager with a trigger or a barrier, and ends for all at once. */
function drawCheckpoints(surface: Surface): void {
  const { view, x, width } = surface;
  if (!view.shown.has('checkpoint')) return;
  for (const checkpoint of view.model.checkpoints) {
    const last = checkpoint.acks.reduce((latest, { at }) => Math.max(latest, at), checkpoint.endedAt);
    if (x(last) >= 0 && x(checkpoint.triggeredAt) <= width) drawCheckpoint(surface, checkpoint);
  }
}

function drawCheckpoint({ context, palette, view, x }: Surface, checkpoint: Checkpoint): void {
  const { lane, triggeredAt, endedAt, outcome, reached, acks } = checkpoint;
  const { lanes } = view.layout;
  const leader = lanes[lane];
  if (leader === undefined) return;
  const isComplete = outcome === 'completed';
  const cut = [{ lane, at: triggeredAt }, ...reached.filter((one) => one.lane > lane)];
  const bottom = lanes[cut.at(-1)!.lane]!.middle + BAR_HEIGHT;
  context.fillStyle = context.strokeStyle = isComplete ? palette.of.checkpoint : palette.fault;
  context.beginPath();
  for (const one of cut) context.lineTo(x(one.at), lanes[one.lane]!.middle);
  context.lineTo(x(cut.at(-1)!.at), bottom);
  context.lineTo(x(Math.max(endedAt, cut.at(-1)!.at)), bottom);
  for (const one of cut.toReversed()) context.lineTo(x(Math.max(endedAt, one.at)), lanes[one.lane]!.middle);
  context.closePath();
  context.globalAlpha = 0.13;
  context.fill();
  context.globalAlpha = 0.6;
  context.lineWidth = 1;
  context.setLineDash(isComplete ? [] : [3, 3]);
  context.stroke();
  context.setLineDash([]);
  context.globalAlpha = 1;
  for (const ack of acks) {
    const box = lanes[ack.lane];
    if (box !== undefined) fillDiamond(context, x(ack.at), box.middle - BAR_HEIGHT / 2 - 5, 3.5);
  }
}

function fillDiamond(context: CanvasRenderingContext2D, x: number, y: number, size: number): void {
  context.beginPath();
  context.moveTo(x - size, y);
  context.lineTo(x, y - size);
  context.lineTo(x + size, y);
  context.lineTo(x, y + size);
  context.fill();
}

/** Vertical lines: faults, violations, and the moment from which there are no new faults. */
function drawMoments(surface: Surface): void {
  const { palette, view } = surface;
  for (const { at } of view.model.faults) drawVertical(surface, at, palette.fault, [2, 4], 1);
  for (const { at } of view.model.violations) drawVertical(surface, at, palette.fault, [], 2);
  if (view.model.faultsStoppedAt !== NONE) drawVertical(surface, view.model.faultsStoppedAt, palette.muted, [8, 4], 1);
}

function drawVertical(
  { context, height, x, width }: Surface,
  at: number,
  colour: string,
  dash: number[],
  wide: number,
): void {
  const left = x(at);
  if (left < -2 || left > width + 2) return;
  context.strokeStyle = colour;
  context.lineWidth = wide;
  context.setLineDash(dash);
  context.beginPath();
  context.moveTo(left, 0);
  context.lineTo(left, height);
  context.stroke();
  context.setLineDash([]);
}

const CROSS = 5;
const DEATH_ROOM = 62; // pixels that the word beside a cross takes

function drawLives(surface: Surface): readonly Word[] {
  const words: Word[] = [];
  const { context, palette, view, x, width } = surface;
  const lived = new Map<number, number>(); // where the process of a lane was seen last
  const diedAt = (lane: number): number => lived.get(lane) ?? 0;
  for (const { lane, from, to, why } of view.model.lives) {
    const box = view.layout.lanes[lane];
    const left = Math.max(-4, x(from));
    const right = Math.min(width + 4, x(to));
    const isAgain = lived.has(lane);
    if (box === undefined || right < left) {
      lived.set(lane, right);
      continue;
    }
    const top = box.middle - BAR_HEIGHT / 2;
    context.fillStyle = palette.life;
    context.beginPath();
    context.roundRect(left, top, Math.max(1, right - left), BAR_HEIGHT, 4);
    context.fill();
    if (isAgain && left - diedAt(lane) > DEATH_ROOM && right - left > 90)
      words.push({ text: 'started again', x: left + 2, y: box.middle - 10, colour: palette.muted });
    lived.set(lane, right);
    if (violentEnds[why] !== undefined && right <= width)
      words.push(drawDeath(surface, x(to), box.middle, violentEnds[why]));
  }
  return words;
}

/** A process that was told to stop just ends. */
const violentEnds: Readonly<Record<string, string>> = { crash: 'crashed', halt: 'halted', threw: 'threw' };

function drawDeath({ context, palette }: Surface, x: number, y: number, text: string): Word {
  context.strokeStyle = palette.fault;
  context.lineWidth = 2.5;
  drawCross(context, x, y, CROSS + 1);
  return { text, x: x + 9, y: y - 9, colour: palette.fault };
}

function drawReigns({ context, palette, view, x, width }: Surface): readonly Word[] {
  const words: Word[] = [];
  for (const { lane, from, to, epoch } of view.model.reigns) {
    const box = view.layout.lanes[lane];
    const left = Math.max(0, x(from));
    const right = Math.min(width, x(to));
    if (box === undefined || right < left) continue;
    context.fillStyle = palette.leader;
    context.fillRect(left, box.middle + BAR_HEIGHT / 2 + 1, Math.max(1, right - left), 4);
    if (right - left > 90)
      words.push({
        text: `leads, epoch ${epoch}`,
        x: left + 6,
        y: box.middle + BAR_HEIGHT / 2 + 15,
        colour: palette.leader,
      });
  }
  return words;
}

function drawTasks({ context, palette, view, x, width }: Surface): void {
  for (const { lane, row, states, to } of view.model.tasks) {
    const box = view.layout.lanes[lane];
    if (box === undefined || x(to) < 0 || x(states[0]?.at ?? to) > width) continue;
    const top = box.tasks + row * TASK_ROW;
    states.forEach(({ at, state }, index) => {
      const left = Math.max(0, x(at));
      const right = Math.min(width, x(states[index + 1]?.at ?? to));
      context.fillStyle = palette.task(state);
      if (right > left) context.fillRect(left, top, right - left, TASK_ROW - 2);
      else if (state === 'FAILED') context.fillRect(left - 1, top - 1, 3, TASK_ROW);
    });
  }
}

const STEP_HEIGHT = 10;
const TICK_WIDTH = 1.5;

/** Where ticks would lie on each other, one stands for all. */
function drawSteps({ context, palette, view, px, width }: Surface): void {
  const { steps } = view.model;
  const { steps: at, stepEnds } = geometryOf(view);
  const lanes = view.layout.lanes;
  const drawnTo = new Float64Array(lanes.length).fill(-10);
  for (let index = firstStepInSight(view); index < steps.length; index++) {
    const left = px(at[index] as number);
    if (left > width) break; // steps come in order of time
    const { lane, category } = steps[index]!;
    const right = Math.max(left + TICK_WIDTH, px(stepEnds[index] as number));
    if (right < 0 || left < (drawnTo[lane] as number) || !view.shown.has(category)) continue;
    drawnTo[lane] = left + 1;
    context.fillStyle = colourOfStep(palette, category);
    context.fillRect(
      left,
      lanes[lane]!.middle - STEP_HEIGHT / 2,
      Math.max(TICK_WIDTH, right - left - 0.5),
      STEP_HEIGHT,
    );
  }
}

function colourOfStep(palette: Palette, category: Category): string {
  return palette.of[category];
}

/** Hatched: the process does nothing, or somebody does not hear it. */
function drawOutages({ context, palette, view, x, width }: Surface): readonly Word[] {
  const words: Word[] = [];
  for (const { lane, other, from, to } of view.model.outages) {
    const box = view.layout.lanes[lane];
    const left = Math.max(0, x(from));
    const right = Math.min(width, x(to));
    if (box === undefined || right <= left) continue;
    const isStop = other === NONE;
    const top = isStop ? box.middle - BAR_HEIGHT / 2 : box.middle - BAR_HEIGHT / 2 - 8;
    hatch(context, palette.fault, { left, top, width: right - left, height: isStop ? BAR_HEIGHT : 6 });
    const text = isStop ? 'stopped' : `cannot reach ${view.model.lanes[other]?.name ?? '?'}`;
    if (right - left > 8 * text.length) words.push({ text, x: left + 4, y: box.middle - 10, colour: palette.fault });
  }
  return words;
}

const HATCH_APART = 6;

function hatch(context: CanvasRenderingContext2D, colour: string, { left, top, width, height }: Box): void {
  context.save();
  context.beginPath();
  context.rect(left, top, width, height);
  context.clip();
  context.fillStyle = colour;
  context.globalAlpha = 0.14;
  context.fillRect(left, top, width, height);
  context.globalAlpha = 0.7;
  context.strokeStyle = colour;
  context.lineWidth = 1;
  context.beginPath();
  for (let x = left - height; x < left + width; x += HATCH_APART) {
    context.moveTo(x, top + height);
    context.lineTo(x + height, top);
  }
  context.stroke();
  context.restore();
}

/** A small open diamond at the sender's end. */
function drawBreaks({ context, palette, view, x, width }: Surface): void {
  context.strokeStyle = palette.fault;
  context.lineWidth = 1.2;
  for (const { at, from } of view.model.breaks) {
    const box = view.layout.lanes[from];
    const left = x(at);
    if (box === undefined || left < -5 || left > width + 5) continue;
    context.beginPath();
    context.moveTo(left - 4, box.middle + 11);
    context.lineTo(left, box.middle + 7);
    context.lineTo(left + 4, box.middle + 11);
    context.lineTo(left, box.middle + 15);
    context.closePath();
    context.stroke();
  }
}
