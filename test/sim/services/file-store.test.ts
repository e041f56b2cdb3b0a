// Files on disks: what fsync promises, and what goes wrong without it.
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { fileContent, fileStore, type FileRequest, type FileState } from '../../../src/sim/services/file-store.ts';
import { labOf, type Lab } from './lab.ts';

const bytes = (text: string): Uint8Array => Uint8Array.from(text, (letter) => letter.charCodeAt(0));
const write = (path: string, text: string, sync = false): FileRequest => ({
  kind: 'file-write',
  path,
  content: bytes(text),
  sync,
});
const append = (path: string, text: string): FileRequest => ({
  kind: 'file-append',
  path,
  content: bytes(text),
  sync: false,
});
const rename = (from: string, to: string): FileRequest => ({ kind: 'file-rename', from, to });
const folderSync: FileRequest = { kind: 'folder-sync' };

function textOf({ state }: Lab<FileState, FileRequest>, path: string): string | null {
  const content = fileContent(state, 'a', path);
  return content === null ? null : String.fromCharCode(...content);
}

/** A file with durable content and name. */
function labWith(path: string, text: string): Lab<FileState, FileRequest> {
  const lab = labOf(fileStore());
  lab.ask(write(path, text, true));
  lab.ask(folderSync);
  return lab;
}

test('files are written, read, renamed, listed and deleted', () => {
  const { ask } = labOf(fileStore());
  expect(ask(write('b', 'one'))).toEqual([{ kind: 'file-written', path: 'b', sizeBytes: 3 }]);
  expect(ask(append('b', 'two'))).toEqual([{ kind: 'file-written', path: 'b', sizeBytes: 6 }]);
  ask(append('a', 'x'));
  expect(ask({ kind: 'file-list', prefix: '' })).toEqual([{ kind: 'file-names', paths: ['a', 'b'] }]);
  expect(ask(rename('b', 'a'))).toEqual([{ kind: 'file-renamed', from: 'b', to: 'a' }]);
  expect(ask({ kind: 'file-read', path: 'a' })).toEqual([
    { kind: 'file-content', path: 'a', content: bytes('onetwo') },
  ]);
  expect(ask(rename('b', 'c'))).toEqual([{ kind: 'file-missing', path: 'b' }]);
  expect(ask({ kind: 'file-sync', path: 'b' })).toEqual([{ kind: 'file-missing', path: 'b' }]);
  expect(ask({ kind: 'file-delete', path: 'a' })).toEqual([{ kind: 'file-deleted', path: 'a' }]);
  expect(ask({ kind: 'file-delete', path: 'a' })).toEqual([{ kind: 'file-deleted', path: 'a' }]);
  expect(ask({ kind: 'file-read', path: 'a' })).toEqual([{ kind: 'file-content', path: 'a', content: null }]);
});

describe('a crash', () => {
  test('by plain choice loses nothing', () => {
    const lab = labOf(fileStore());
    lab.ask(write('f', 'text'));
    expect(lab.crash('a')).toEqual(['file/f of 2', 'names of 2']);
    expect(textOf(lab, 'f')).toBe('text');
    expect(lab.crash('a', [1, 1])).toEqual([]);
  });

  test.each([
    [[0], 'new and more'],
    [[1, 0], 'new'],
    [[1, 4], 'new and'],
    [[2, 0], 'old'],
    [[2, 1], ''], // the famous empty file
    [[2, 3], 'ne'],
    [[2, 4], 'new'],
  ])('with decisions %j of a file that was not synced leaves %j', (answers, left) => {
    const lab = labWith('f', 'old');
    lab.ask(write('f', 'new'));
    lab.ask(append('f', ' and more'));
    lab.crash('a', answers);
    expect(textOf(lab, 'f')).toBe(left);
  });

  test('takes back names that were not synced, the latest first', () => {
    for (const [lost, names] of [
      [0, { a: 'new' }],
      [1, { a: 'old', b: 'new' }],
      [2, { a: 'old' }],
    ] as const) {
      const lab = labWith('a', 'old');
      lab.ask(write('b', 'new', true));
      lab.ask(rename('b', 'a'));
      expect(lab.crash('a', [lost])).toEqual(['names of 3']);
      expect({ a: textOf(lab, 'a'), ...(textOf(lab, 'b') === null ? {} : { b: textOf(lab, 'b') }) }).toEqual(names);
    }
  });

  test('a deleted file comes back, as long as the folder was not synced', () => {
    const lab = labWith('a', 'text');
    lab.ask({ kind: 'file-delete', path: 'a' });
    const synced = labWith('a', 'text');
    synced.ask({ kind: 'file-delete', path: 'a' });
    synced.ask(folderSync);
    lab.crash('a', [1]);
    synced.crash('a', [1]);
    expect([textOf(lab, 'a'), textOf(synced, 'a')]).toEqual(['text', null]);
  });

  test('written beside, synced, renamed and the folder synced: a file is always the old or the new one', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 4 }), fc.array(fc.nat(9), { maxLength: 6 }), (steps, answers) => {
        const lab = labWith('vote', 'old');
        const safely = [
          write('new', 'new'),
          { kind: 'file-sync', path: 'new' },
          rename('new', 'vote'),
          folderSync,
        ] as const;
        for (const request of safely.slice(0, steps)) lab.ask(request);
        lab.crash('a', answers);
        expect(steps === 4 ? ['new'] : ['old', 'new']).toContain(textOf(lab, 'vote'));
      }),
    );
  });

  test('what is synced stays, whatever is lost around it', () => {
    const paths = ['a', 'b', 'c'];
    const step = fc.oneof(
      fc.record({
        kind: fc.constantFrom('file-write' as const, 'file-append' as const),
        path: fc.constantFrom(...paths),
        content: fc.uint8Array({ maxLength: 3 }),
        sync: fc.boolean(),
      }),
      fc.record({
        kind: fc.constant('file-rename' as const),
        from: fc.constantFrom(...paths),
        to: fc.constantFrom(...paths),
      }),
      fc.record({
        kind: fc.constantFrom('file-delete' as const, 'file-sync' as const),
        path: fc.constantFrom(...paths),
      }),
      fc.constant(folderSync),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 12 }), fc.array(fc.nat(9)), fc.boolean(), (steps, answers, isAll) => {
        const lab = labOf(fileStore());
        for (const request of steps) lab.ask(request);
        if (isAll) for (const path of paths) lab.ask({ kind: 'file-sync', path });
        lab.ask(folderSync);
        const before = paths.map((path) => textOf(lab, path));
        lab.crash('a', answers);
        const after = paths.map((path) => textOf(lab, path));
        expect(after.map((text) => text === null)).toEqual(before.map((text) => text === null));
        if (isAll) expect(after).toEqual(before);
      }),
    );
  });
});
