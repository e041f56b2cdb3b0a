// Search over the text form of all steps. Enter goes to the next one found, Shift+Enter to the one before.
import { mentions } from '../model/evidence.ts';
import { byId } from './dom.ts';
import type { Item } from './selection.ts';
import type { Store } from './view.ts';

export interface Search {
  /** Searches, and goes to the last hit at or before a time. False if there is none. */
  find(text: string, before: number): boolean;
}

export function createSearch(store: Store, onGo: (item: Item) => void): Search {
  const input = byId('search') as HTMLInputElement;
  const count = byId('search-count');
  const { view } = store;
  const search = (text: string): void => {
    const found = text === '' ? [] : view.model.steps.flatMap((step, index) => (mentions(step, text) ? [index] : []));
    store.change('search', (now) => {
      now.search = text;
      now.found = found;
    });
    count.textContent = text === '' ? '' : `${found.length} found`;
  };
  const go = (direction: 1 | -1): void => {
    const { found, selected } = view;
    if (found.length === 0) return;
    const current = selected?.kind === 'step' ? selected.index : -1;
    const next =
      direction === 1
        ? (found.find((index) => index > current) ?? found[0])
        : (found.findLast((index) => index < current) ?? found.at(-1));
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
    find(text, before) {
      input.value = text;
      search(text);
      const last = view.found.findLast((index) => view.model.steps[index]!.at <= before) ?? view.found[0];
      if (last === undefined) return false;
      onGo({ kind: 'step', index: last });
      return true;
    },
  };
}
