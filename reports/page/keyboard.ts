// The diagram by keyboard: from step to step and from lane to lane, zoom, and from fault to fault.
import type { RunModel } from '../model/model.ts';
import type { Item } from './selection.ts';
import type { Store, View } from './view.ts';
import type { Zooming } from './zooming.ts';

export function createKeyboard(store: Store, area: HTMLElement, zooming: Zooming, onGo: (item: Item) => void): void {
  const { view } = store;
  const goTo = (item: Item | null): void => void (item !== null && onGo(item));
  const keys: Readonly<Record<string, () => void>> = {
    ArrowRight: () => goTo(neighbour(view, 1)),
    ArrowLeft: () => goTo(neighbour(view, -1)),
    ArrowDown: () => goTo(acrossLanes(view, 1)),
    ArrowUp: () => goTo(acrossLanes(view, -1)),
    '+': () => zooming.scaleBy(2),
    '=': () => zooming.scaleBy(2),
    '-': () => zooming.scaleBy(0.5),
    '0': () => zooming.show(0, view.positions.end),
    a: () => zooming.panBy(-0.5),
    d: () => zooming.panBy(0.5),
    f: () => goTo(nextFault(view, 1)),
    F: () => goTo(nextFault(view, -1)),
    Escape: () => store.change('selection', (now) => (now.selected = null)),
  };
  area.addEventListener('keydown', (event) => {
    const act = event.ctrlKey || event.metaKey || event.altKey ? undefined : keys[event.key];
    if (act === undefined) return;
    event.preventDefault();
    act();
  });
}

/** The time and lane from which one goes on. */
function placeOf({ model, selected, positions, from, to }: View): { readonly at: number; readonly lane: number } {
  if (selected?.kind === 'step') return model.steps[selected.index]!;
  if (selected?.kind === 'fault')
    return { at: model.faults[selected.index]!.at, lane: model.faults[selected.index]!.lanes[0] ?? 0 };
  return { at: positions.at((from + to) / 2), lane: 0 };
}

function neighbour(view: View, direction: 1 | -1): Item | null {
  const { steps } = view.model;
  const { lane } = placeOf(view);
  const start =
    view.selected?.kind === 'step'
      ? view.selected.index + direction
      : nearest(view.model, lane, placeOf(view).at, view);
  for (let index = start; index >= 0 && index < steps.length; index += direction) {
    if (steps[index]!.lane === lane && view.shown.has(steps[index]!.category)) return { kind: 'step', index };
  }
  return null;
}

function acrossLanes(view: View, direction: 1 | -1): Item | null {
  const { at, lane } = placeOf(view);
  for (let next = lane + direction; next >= 0 && next < view.model.lanes.length; next += direction) {
    const index = nearest(view.model, next, at, view);
    if (index >= 0) return { kind: 'step', index };
  }
  return null;
}

function nearest({ steps }: RunModel, lane: number, at: number, { shown }: View): number {
  let best = -1;
  steps.forEach((step, index) => {
    if (step.lane !== lane || !shown.has(step.category)) return;
    if (best < 0 || Math.abs(step.at - at) < Math.abs(steps[best]!.at - at)) best = index;
  });
  return best;
}

export function nextFault({ model, selected, positions, from, to }: View, direction: 1 | -1): Item | null {
  const { faults } = model;
  if (faults.length === 0) return null;
  if (selected?.kind === 'fault') {
    return { kind: 'fault', index: (selected.index + direction + faults.length) % faults.length };
  }
  const middle = positions.at((from + to) / 2);
  const isWhole = from <= 0 && to >= positions.end;
  const next = isWhole ? 0 : faults.findIndex(({ at }) => at > middle);
  return { kind: 'fault', index: next < 0 ? 0 : next };
}
