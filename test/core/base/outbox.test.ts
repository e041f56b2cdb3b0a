// What an outbox keeps: effects in their order, with the machine's own address; notes only where somebody reads them.
import { expect, test } from 'vitest';
import type { MessageOf } from '../../../src/core/base/machine.ts';
import { Outbox } from '../../../src/core/base/outbox.ts';

interface Speech {
  readonly bodies: { readonly hello: number };
  readonly request: { readonly kind: 'look' };
  readonly answer: { readonly kind: 'seen' };
  readonly note: { readonly kind: 'greeted'; readonly times: number };
}

const hello: MessageOf<Speech> = {
  effect: 'send',
  streamClass: 'control',
  from: 'b',
  to: 'a',
  kind: 'hello',
  body: 1,
};

function said(noted: boolean): readonly unknown[] {
  const out = new Outbox<Speech>(noted);
  out.address = 'a';
  out.send('b', 'hello', 2);
  out.note({ kind: 'greeted', times: 2 });
  out.ignore(hello, 'late');
  out.request(7, { kind: 'look' });
  return out.effects;
}

test('notes stand among the effects, in their order', () => {
  expect(said(true)).toEqual([
    { effect: 'send', streamClass: 'control', from: 'a', to: 'b', kind: 'hello', body: 2 },
    { effect: 'note', note: { kind: 'greeted', times: 2 } },
    { effect: 'note', note: { kind: 'message-ignored', message: 'hello', from: 'b', reason: 'late' } },
    { effect: 'request', id: 7, request: { kind: 'look' } },
  ]);
});

test('nothing is kept of notes that nobody reads', () => {
  expect(said(false)).toMatchObject([{ effect: 'send' }, { effect: 'request' }]);
});
