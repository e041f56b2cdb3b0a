// The script of the page: puts its parts together. They share one view; whoever changes it tells the store, and the others follow.
import { select } from 'd3';
import { drawAxis } from './axis.ts';
import { readModel } from './data.ts';
import { byId, oncePerFrame, svgById } from './dom.ts';
import { draw, surfaceOf } from './draw.ts';
import { drawMarked } from './draw-marked.ts';
import { itemAt } from './hit.ts';
import { createKeyboard, nextFault } from './keyboard.ts';
import { createLog } from './log.ts';
import { drawOverview } from './overview.ts';
import { readPalette } from './palette.ts';
import type { Palette } from './palette.ts';
import { createPanel } from './panel.ts';
import { positionsByTime, positionsEvenly } from './scale.ts';
import type { Spacing } from './scale.ts';
import { createSearch } from './search.ts';
import { isSame } from './selection.ts';
import type { Item } from './selection.ts';
import { describeItem } from './text.ts';
import { createTheme } from './theme.ts';
import { drawTracks } from './tracks.ts';
import { createStore } from './view.ts';
import type { Show, Store } from './view.ts';
import { createZooming } from './zooming.ts';
import type { Zooming } from './zooming.ts';

const store = createStore(await readModel());
const { view } = store;
const plot = byId('plot');
const canvas = byId('canvas') as HTMLCanvasElement;
const marks = byId('marks') as HTMLCanvasElement;
const tip = byId('tip');
const overview = svgById('overview') as SVGSVGElement;
let palette: Palette = readPalette();

// ---- Painting

const paint = oncePerFrame(() => {
  const width = plot.clientWidth;
  draw(surfaceOf(contextOf(canvas, width), view, palette, width));
  drawMarked(surfaceOf(contextOf(marks, width), view, palette, width));
  drawAxis(svgById('axis') as SVGGElement, view, width);
  drawTracks(svgById('tracks') as SVGGElement, view, width, choose);
});
const paintMarks = oncePerFrame(() => {
  const width = plot.clientWidth;
  drawMarked(surfaceOf(contextOf(marks, width), view, palette, width));
});

/** The context of a canvas that is as wide as it is shown, and as sharp as the screen. */
function contextOf(element: HTMLCanvasElement, width: number): CanvasRenderingContext2D {
  const ratio = devicePixelRatio || 1;
  const { height } = view.layout;
  if (element.width !== Math.round(width * ratio) || element.height !== Math.round(height * ratio)) {
    element.width = Math.round(width * ratio);
    element.height = Math.round(height * ratio);
    element.style.width = `${width}px`;
    element.style.height = `${height}px`;
  }
  const context = element.getContext('2d')!;
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  return context;
}

const fillLog = createLog(store, choose);
let logTimer = 0;
store.onChange((what) => {
  if (what === 'look') return paintMarks();
  paint();
  if (what === 'window') tip.hidden = true; // another thing lies under the pointer now
  clearTimeout(logTimer);
  logTimer = setTimeout(fillLog, 120); // not for each frame of a zoom
});

// ---- Going places

const zooming: Zooming = createZooming(store, plot, overview);

/** Selects it, where it is. */
function choose(item: Item): void {
  store.change('selection', (now) => (now.selected = item));
  byId('live').textContent = describeItem(view.model, item).title;
}

const CONTEXT = 1 / 12; // of the run, at most, is shown around what one goes to
const MARGIN = 0.1;

/** Selects it, and brings it into sight. */
function goTo(item: Item): void {
  const { positions } = view;
  const { from, to } = describeItem(view.model, item);
  const [left, right] = [positions.of(from), positions.of(to)];
  const span = view.to - view.from;
  const fits = right - left < span * (1 - 2 * MARGIN);
  const isWhole = span >= positions.end * 0.999;
  if (isWhole || !fits) {
    const wanted = Math.max((right - left) * 1.6, Math.min(span, positions.end * CONTEXT));
    zooming.show((left + right - wanted) / 2, (left + right + wanted) / 2);
  } else if (left < view.from + span * MARGIN || right > view.to - span * MARGIN) {
    zooming.show((left + right - span) / 2, (left + right + span) / 2);
  }
  choose(item);
}

/** From outside of the diagram: the keys go on from there. */
function lead(item: Item): void {
  goTo(item);
  focusPlot();
}

function focusPlot(): void {
  plot.focus({ preventScroll: true });
}

createPanel(store, lead);
const search = createSearch(store, goTo);
createKeyboard(store, byId('drawing'), zooming, goTo);

// ---- The pointer on the diagram

function itemUnder(event: MouseEvent): Item | null {
  const box = canvas.getBoundingClientRect();
  return itemAt(view, event.clientX - box.left, event.clientY - box.top, box.width);
}

let pointer: MouseEvent | null = null;
const hover = oncePerFrame(() => {
  const item = pointer === null ? null : itemUnder(pointer);
  tip.hidden = item === null;
  plot.classList.toggle('over-item', item !== null);
  if (item !== null && pointer !== null) {
    const box = plot.getBoundingClientRect();
    tip.textContent = describeItem(view.model, item).title;
    const left = pointer.clientX - box.left;
    tip.style.top = `${pointer.clientY - box.top + 16}px`;
    tip.style.left = `${Math.max(0, Math.min(left + 12, box.width - tip.offsetWidth - 4))}px`;
  }
  if (!isSame(item, view.hovered)) store.change('look', (now) => (now.hovered = item));
});
canvas.addEventListener('mousemove', (event) => {
  pointer = event;
  hover();
});
canvas.addEventListener('mouseleave', () => {
  pointer = null;
  hover();
});
canvas.addEventListener('click', (event) => {
  const item = itemUnder(event);
  if (item === null) store.change('selection', (now) => (now.selected = null));
  else choose(item);
});

// ---- Controls

for (const box of document.querySelectorAll<HTMLInputElement>('input[data-show]')) {
  const show = box.dataset['show'] as Show;
  box.checked = view.shown.has(show);
  box.addEventListener('change', () => {
    store.change('filter', (now) => void (box.checked ? now.shown.add(show) : now.shown.delete(show)));
  });
}

const actions: Readonly<Record<string, (current: Store) => void>> = {
  'zoom-in': () => zooming.scaleBy(2),
  'zoom-out': () => zooming.scaleBy(0.5),
  'zoom-all': () => zooming.show(0, view.positions.end),
  'fault-next': () => goToFault(1),
  'fault-previous': () => goToFault(-1),
};
for (const [id, act] of Object.entries(actions)) byId(id).addEventListener('click', () => act(store));

function goToFault(direction: 1 | -1): void {
  const item = nextFault(view, direction);
  if (item !== null) goTo(item);
}

for (const radio of document.querySelectorAll<HTMLInputElement>('input[name=spacing]')) {
  radio.checked = radio.value === view.positions.spacing;
  radio.addEventListener('change', () => setSpacing(radio.value as Spacing));
}

/** The same window in another spacing. */
function setSpacing(spacing: Spacing): void {
  const [from, to] = [view.positions.at(view.from), view.positions.at(view.to)];
  store.change('window', (now) => {
    now.positions = spacing === 'time' ? positionsByTime(view.model) : positionsEvenly(view.model);
    now.from = now.positions.of(from);
    now.to = Math.max(now.from + now.positions.end / 1e6, now.positions.of(to));
  });
  drawOverview(overview, view);
  zooming.resize();
}

/** Lines of the head that name something of the run. */
for (const button of document.querySelectorAll<HTMLButtonElement>('button[data-at]')) {
  button.addEventListener('click', () => {
    const { at = '0', evidence, fault, violation } = button.dataset;
    byId('diagram').scrollIntoView({ block: 'start', behavior: 'smooth' });
    focusPlot();
    const line = view.model.violations[Number(violation)]?.evidence[Number(evidence)];
    if (line !== undefined && line.steps.length > 0) search.show(line.name, line.steps);
    else if (fault !== undefined) goTo({ kind: 'fault', index: Number(fault) });
    else if (violation !== undefined) goTo({ kind: 'violation', index: Number(violation) });
    else goToMoment(Number(at));
  });
}

function goToMoment(at: number): void {
  const index = view.model.steps.findIndex((step) => step.at >= at);
  goTo({ kind: 'step', index: index < 0 ? view.model.steps.length - 1 : index });
}

// ---- Sizes and themes

createTheme(() => {
  palette = readPalette();
  paint();
});
const lanes = select('#lanes');
lanes
  .selectAll('div')
  .data(view.model.lanes)
  .join('div')
  .attr('class', ({ role }) => `lane ${role}`)
  .style('top', (_, lane) => `${view.layout.lanes[lane]!.top}px`)
  .style('height', (_, lane) => `${view.layout.lanes[lane]!.height}px`)
  .text(({ name }) => name);
byId('stage').style.height = `${view.layout.height}px`;
new ResizeObserver(() => {
  drawOverview(overview, view);
  zooming.resize();
  paint();
}).observe(plot);
document.documentElement.dataset['ready'] = 'yes';
