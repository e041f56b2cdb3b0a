// The panel beside the diagram: the text form of what is selected, what belongs to it, and the chain of causes behind a step.
import { formatDuration, formatTime } from '../model/times.ts';
import { causesOf } from './causes.ts';
import { byId, make, makeButton } from './dom.ts';
import type { Item } from './selection.ts';
import { describeItem, laneName } from './text.ts';
import type { Store } from './view.ts';

const CHAIN_SHOWN = 12;

export function createPanel(store: Store, onGo: (item: Item) => void): void {
  const panel = byId('panel');
  const help = [...panel.childNodes];
  store.onChange((what) => {
    if (what !== 'selection') return;
    const { selected } = store.view;
    if (selected === null) panel.replaceChildren(...help);
    else panel.replaceChildren(...contentOf(store, selected, onGo));
    panel.scrollTop = 0;
  });
}

function contentOf({ view }: Store, item: Item, onGo: (item: Item) => void): Node[] {
  const { model } = view;
  const described = describeItem(model, item);
  const when =
    described.to > described.from
      ? `${formatTime(described.from)} – ${formatTime(described.to)} (${formatDuration(described.to - described.from)})`
      : formatTime(described.from);
  const rows = make('dl', 'rows');
  for (const [label, text] of described.rows) rows.append(make('dt', '', label), make('dd', '', text));
  const parts: Node[] = [
    make('p', `kind ${item.kind}`, described.kind),
    make('h3', '', described.title),
    make('p', 'when', when),
    rows,
  ];
  if (described.links.length > 0) {
    const list = make('ul', 'links');
    for (const link of described.links) {
      const target = describeItem(model, link.item);
      const button = makeButton('link', `${link.label}: ${target.title}`, () => onGo(link.item));
      list.append(make('li', '', button));
    }
    parts.push(make('h4', '', 'Belongs together'), list);
  }
  if (item.kind === 'step') parts.push(...chainOf(view.model, item.index, onGo));
  return parts;
}

function chainOf(model: Store['view']['model'], step: number, onGo: (item: Item) => void): Node[] {
  const chain = causesOf(model, step).slice(1);
  if (chain.length === 0) return [];
  const list = make('ol', 'links chain');
  for (const index of chain.slice(0, CHAIN_SHOWN)) {
    const { at, lane, input } = model.steps[index]!;
    const text = `${formatTime(at)}  ${laneName(model, lane)}: ${input}`;
    list.append(
      make(
        'li',
        '',
        makeButton('link', text, () => onGo({ kind: 'step', index })),
      ),
    );
  }
  if (chain.length > CHAIN_SHOWN) list.append(make('li', 'muted', `and ${chain.length - CHAIN_SHOWN} before`));
  return [make('h4', '', 'Chain of causes, backwards'), list];
}
