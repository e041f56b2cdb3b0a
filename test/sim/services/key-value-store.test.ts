// The shared map: revisions, conditions, watches.
import { expect, test } from 'vitest';
import { keyValueStore } from '../../../src/sim/services/key-value-store.ts';
import { labOf } from './lab.ts';

const conditional = (key: string, value: number, ifRevision: number | null) =>
  ({ kind: 'kv-put', key, value, ifRevision }) as const;

test('revisions rise over all keys; a condition that does not hold changes nothing and shows what is there', () => {
  const { ask } = labOf(keyValueStore<number>());
  expect(ask(conditional('a', 1, 0))).toEqual([{ kind: 'kv-written', revision: 1 }]);
  expect(ask(conditional('b', 2, null))).toEqual([{ kind: 'kv-written', revision: 2 }]);
  expect(ask(conditional('a', 3, 0))).toEqual([{ kind: 'kv-conflict', entry: { key: 'a', value: 1, revision: 1 } }]);
  expect(ask(conditional('a', 3, 1))).toEqual([{ kind: 'kv-written', revision: 3 }]);
  expect(ask(conditional('c', 4, 9))).toEqual([{ kind: 'kv-conflict', entry: null }]);
  expect(ask({ kind: 'kv-get', key: 'a' })).toEqual([
    { kind: 'kv-entry', entry: { key: 'a', value: 3, revision: 3 }, revision: 3 },
  ]);
  expect(ask({ kind: 'kv-get', key: 'c' })).toEqual([{ kind: 'kv-entry', entry: null, revision: 3 }]);
});

test('a deleted key has no value, and revision 0 for conditions', () => {
  const { ask } = labOf(keyValueStore<number>());
  ask(conditional('a', 1, null));
  expect(ask({ kind: 'kv-delete', key: 'a', ifRevision: 5 })).toEqual([
    { kind: 'kv-conflict', entry: { key: 'a', value: 1, revision: 1 } },
  ]);
  expect(ask({ kind: 'kv-delete', key: 'a', ifRevision: 1 })).toEqual([{ kind: 'kv-written', revision: 2 }]);
  expect(ask({ kind: 'kv-delete', key: 'a', ifRevision: null })).toEqual([{ kind: 'kv-written', revision: 2 }]);
  expect(ask(conditional('a', 7, 0))).toEqual([{ kind: 'kv-written', revision: 3 }]);
});

test('a list is by key', () => {
  const { ask } = labOf(keyValueStore<number>());
  for (const key of ['x/2', 'y/1', 'x/1']) ask(conditional(key, 0, null));
  const listed = ask({ kind: 'kv-list', prefix: 'x/' })[0] as { readonly entries: readonly { readonly key: string }[] };
  expect(listed.entries.map(({ key }) => key)).toEqual(['x/1', 'x/2']);
});

test('a watch completes once: with the next change, or at once with one that has been', () => {
  const { ask } = labOf(keyValueStore<number>());
  ask(conditional('a', 1, null));
  expect(ask({ kind: 'kv-watch', key: 'a', afterRevision: 1 }, 'watcher')).toEqual([]);
  expect(ask(conditional('b', 2, null))).toHaveLength(1);
  expect(ask({ kind: 'kv-delete', key: 'z', ifRevision: null })).toHaveLength(1);
  expect(ask({ kind: 'kv-delete', key: 'a', ifRevision: null })).toEqual([
    { kind: 'kv-written', revision: 3 },
    { kind: 'kv-changed', entry: null, revision: 3 },
  ]);
  expect(ask(conditional('a', 4, null))).toHaveLength(1);
  expect(ask({ kind: 'kv-watch', key: 'a', afterRevision: 3 })).toEqual([
    { kind: 'kv-changed', entry: { key: 'a', value: 4, revision: 4 }, revision: 4 },
  ]);
});

test('a delete of what is not there leaves a watch of that key waiting', () => {
  const { ask } = labOf(keyValueStore<number>());
  ask({ kind: 'kv-watch', key: 'a', afterRevision: 0 });
  expect(ask({ kind: 'kv-delete', key: 'a', ifRevision: null })).toEqual([{ kind: 'kv-written', revision: 0 }]);
  expect(ask(conditional('a', 4, null))).toHaveLength(2);
});

test('the dead wait for nothing', () => {
  const store = keyValueStore<number>();
  const { ask, state } = labOf(store);
  ask({ kind: 'kv-watch', key: 'a', afterRevision: 0 }, 'dead');
  ask({ kind: 'kv-watch', key: 'a', afterRevision: 0 }, 'alive');
  store.forget(state, 'dead', 1);
  expect(ask(conditional('a', 4, null))).toHaveLength(2);
});
