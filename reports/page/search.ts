// Search over the text form of all steps. Enter goes to the next one found, Shift+Enter to the one before.
import type { Step } from '../model/model.ts';
import { byId } from './dom.ts';
import type { Item } from './selection.ts';
import type { Store } from './view.ts';

export interface Search {
  /** Shows steps that were found, under a name, and goes to the last one. */
  show(name: string, steps: readonly number[]): void;
}

export function createSearch(store: Store, onGo: (item: Item) => void): Search {
  const input = byId('search') as HTMLInputElement;
  const count = byId('search-count');
  const { view } = store;
  const search = (text: string): void => {
    found(text, text === '' ? [] : view.model.steps.flatMap((step, index) => (mentions(step, text) ? [index] : [])));
  };
  const found = (text: string, steps: readonly number[]): void => {
    store.change('search', (now) => {
      now.search = text;
      now.found = steps;
    });
    count.textContent = text === '' ? '' : `${steps.length} found`;
  };
  const go = (direction: 1 | -1): void => {
    const { found: hits, selected } = view;
    if (hits.length === 0) return;
    const current = selected?.kind === 'step' ? selected.index : -1;
    const next =
      direction === 1
        ? (hits.find((index) => index > current) ?? hits[0])
        : (hits.findLast((index) => index < current) ?? hits.at(-1));
    onGo({ kind: 'step', index: next as number });
  };
  input.addEventListener('input', () => search(input.value.trim()));
  input.addEventListener('keydown', (event) => {
    if (event.key === 'Enter') go(event.shiftKey ? -1 : 1);
    if (event.key !== 'Escape') return;
    input.value = '';
    search('');
  });
  return {
    show(name, steps) {
      input.value = name;
      found(name, steps);
      const last = steps.at(-1);
      if (last !== undefined) onGo({ kind: 'step', index: last });
    },
  };
}

/** What a person types is searched in what a person reads. */
function mentions({ input, effects }: Step, text: string): boolean {
  return input.includes(text) || effects.some((effect) => effect.includes(text));
}
