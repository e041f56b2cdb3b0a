// The state of the page, and who hears of its changes. Everything on the page is drawn from this and the model.
import type { Category, RunModel } from '../model/model.ts';
import type { Layout } from './layout.ts';
import { layOut } from './layout.ts';
import { initialPositions } from './scale.ts';
import type { Positions } from './scale.ts';
import type { Item } from './selection.ts';

export type Show = Category | 'lost';

export interface View {
  readonly model: RunModel;
  readonly layout: Layout;
  positions: Positions;
  /** Positions at the left and right edge. */
  from: number;
  to: number;
  readonly shown: Set<Show>;
  search: string;
  /** Steps that contain what is searched, in order. */
  found: readonly number[];
  selected: Item | null;
  hovered: Item | null;
}

/** What changed: `look` needs a new picture only. */
export type Change = 'window' | 'filter' | 'search' | 'selection' | 'look';

export interface Store {
  readonly view: View;
  /** Tells everybody, once. */
  change(what: Change, edit: (view: View) => void): void;
  onChange(listener: (what: Change) => void): void;
}

export function createStore(model: RunModel): Store {
  const positions = initialPositions(model);
  const view: View = {
    model,
    layout: layOut(model),
    positions,
    from: 0,
    to: positions.end,
    shown: new Set(['checkpoint', 'control', 'request', 'data', 'lost']),
    search: '',
    found: [],
    selected: null,
    hovered: null,
  };
  const listeners: ((what: Change) => void)[] = [];
  return {
    view,
    change(what, edit) {
      edit(view);
      for (const listener of listeners) listener(what);
    },
    onChange: (listener) => void listeners.push(listener),
  };
}
