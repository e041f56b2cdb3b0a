// Names of messages and requests, once there are so few in sight that they can be read. What finds no place stays unnamed.
import type { Category } from '../model/model.ts';
import { endOfLost } from './draw-traffic.ts';
import { geometryOf } from './geometry.ts';
import { BAR_HEIGHT } from './layout.ts';
import { inSight } from './sight.ts';
import { paintGround } from './surface.ts';
import type { Box, Surface } from './surface.ts';

const LINES_MAX = 70;
const HEIGHT = 13;

interface Label {
  readonly text: string;
  readonly category: Category;
  /** The line that it names: its two ends. */
  readonly line: readonly [number, number, number, number];
}

/** Who gets a place first. */
const order: readonly Category[] = ['checkpoint', 'control', 'request', 'data', 'heartbeat'];

/** `words` cover what they stand on. */
export function drawLabels(surface: Surface, words: readonly Box[]): void {
  const { messages, calls } = inSight(surface);
  if (messages.length + calls.length > LINES_MAX) return;
  const labels = [
    ...messages.map((index) => labelOfMessage(surface, index)),
    ...calls.map((index) => labelOfCall(surface, index)),
  ];
  labels.sort((one, other) => order.indexOf(one.category) - order.indexOf(other.category));
  const { context, palette, view, width, height } = surface;
  context.font = '600 10.5px system-ui, sans-serif';
  const taken = [...words, ...view.layout.lanes.flatMap(({ middle }, lane) => barOf(lane, middle, surface))];
  for (const { text, line, category } of labels) {
    const wide = context.measureText(text).width + 8;
    const box = places.map((along) => boxAt(line, along, wide)).find((one) => isFree(one, taken, width, height));
    if (box === undefined) continue;
    taken.push(box);
    paintGround(surface, box);
    context.fillStyle = palette.of[category];
    context.fillText(text, box.left + 4, box.top + HEIGHT / 2 + 3.5);
  }
}

/** Where on its line a name may stand, as shares of the way, best first. */
const places = [0.5, 0.35, 0.65, 0.2, 0.8];

function boxAt([x0, y0, x1, y1]: Label['line'], along: number, wide: number): Box {
  const [x, y] = [x0 + (x1 - x0) * along, y0 + (y1 - y0) * along];
  return { left: x - wide / 2, top: y - HEIGHT / 2, width: wide, height: HEIGHT };
}

function isFree(box: Box, taken: readonly Box[], width: number, height: number): boolean {
  const isInside = box.left >= 0 && box.left + box.width <= width && box.top >= 0 && box.top + HEIGHT <= height;
  return isInside && !taken.some((other) => overlaps(box, other));
}

/** Processes are not covered by names. */
function barOf(lane: number, middle: number, { view, width }: Surface): Box[] {
  if (view.model.lanes[lane]?.role === 'service') return [];
  return [{ left: 0, top: middle - BAR_HEIGHT / 2, width, height: BAR_HEIGHT }];
}

function overlaps(one: Box, other: Box): boolean {
  return (
    one.left < other.left + other.width &&
    other.left < one.left + one.width &&
    one.top < other.top + other.height &&
    other.top < one.top + one.height
  );
}

function labelOfMessage({ view, px }: Surface, index: number): Label {
  const { from, to, label, fate, category } = view.model.messages[index]!;
  const { sent, ended } = geometryOf(view);
  const [y0, y1] = [view.layout.lanes[from]!.middle, view.layout.lanes[to]!.middle];
  const x0 = px(sent[index] as number);
  const [x, y] = fate === 'lost' ? endOfLost(view, px, index) : [px(ended[index] as number), y1];
  return { text: label, line: [x0, y0, x, y], category };
}

/** On the way there. */
function labelOfCall({ view, px }: Surface, index: number): Label {
  const { lane, service, label, category } = view.model.calls[index]!;
  const { asked, applied } = geometryOf(view);
  const [y0, y1] = [view.layout.lanes[lane]!.middle, view.layout.lanes[service]!.middle];
  return { text: label, line: [px(asked[index] as number), y0, px(applied[index] as number), y1], category };
}
