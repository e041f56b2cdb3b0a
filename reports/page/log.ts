// What is in sight as a list of text: the same as the diagram, for eyes, fingers and screen readers that prefer lines.
import { formatTime } from '../model/times.ts';
import { byId, make, makeButton } from './dom.ts';
import { isSame } from './selection.ts';
import type { Item } from './selection.ts';
import { laneName } from './text.ts';
import type { Store, View } from './view.ts';

const ROWS_MAX = 200;

interface Row {
  readonly at: number;
  readonly item: Item;
  readonly lane: string;
  readonly text: string;
  readonly effects: readonly string[];
  readonly className: string;
}

export function createLog(store: Store, onPick: (item: Item) => void): () => void {
  const body = byId('log-rows');
  const note = byId('log-note');
  const details = byId('log') as HTMLDetailsElement;
  const fill = (): void => {
    if (!details.open) return;
    const rows = rowsInSight(store.view);
    const shown = rows.slice(0, ROWS_MAX);
    body.replaceChildren(...shown.map((row) => elementOf(row, store.view, onPick)));
    note.textContent =
      rows.length > ROWS_MAX
        ? `${ROWS_MAX} of ${rows.length} lines: zoom in, or search, to see the others`
        : `${rows.length} lines in sight`;
  };
  details.addEventListener('toggle', fill);
  return fill;
}

function elementOf(
  { at, item, lane, text, effects, className }: Row,
  { selected }: View,
  onPick: (item: Item) => void,
): Node {
  const button = makeButton('pick', text, () => onPick(item));
  const what = make('td', 'what', button, ...effects.map((effect) => make('div', 'effect', effect)));
  const row = make('tr', className, make('td', 'time', formatTime(at)), make('td', 'lane', lane), what);
  if (isSame(item, selected)) row.classList.add('selected');
  return row;
}

function rowsInSight(view: View): Row[] {
  const { model, positions, shown, search } = view;
  const [from, to] = [positions.at(view.from), positions.at(view.to)];
  const isIn = (at: number): boolean => at >= from && at <= to;
  const found = new Set(view.found);
  const rows: Row[] = [];
  model.steps.forEach(({ at, lane, input, effects, category }, index) => {
    const isWanted = search === '' ? shown.has(category) : found.has(index);
    if (!isIn(at) || !isWanted) return;
    rows.push({
      at,
      item: { kind: 'step', index },
      lane: laneName(model, lane),
      text: input,
      effects,
      className: category,
    });
  });
  model.faults.forEach(({ at, fault, text }, index) => {
    if (isIn(at))
      rows.push({
        at,
        item: { kind: 'fault', index },
        lane: 'fault',
        text: `${fault}: ${text}`,
        effects: [],
        className: 'fault',
      });
  });
  model.messages.forEach(({ endedAt: at, fate, text, why, from: sender, to: receiver }, index) => {
    if (fate !== 'lost' || !isIn(at) || !shown.has('lost')) return;
    const lane = `${laneName(model, sender)} → ${laneName(model, receiver)}`;
    rows.push({
      at,
      item: { kind: 'message', index },
      lane,
      text: `lost: ${text} (${why})`,
      effects: [],
      className: 'fault',
    });
  });
  model.violations.forEach(({ at, oracle, text }, index) => {
    if (isIn(at))
      rows.push({ at, item: { kind: 'violation', index }, lane: oracle, text, effects: [], className: 'fault' });
  });
  return rows.sort((one, other) => one.at - other.at);
}
