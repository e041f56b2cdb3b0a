// A table of functions by kind, and a switch.
import { defineJob } from 'millrace';

type Event = { readonly kind: 'open' | 'close'; readonly name: string };

const handlers: Readonly<Record<Event['kind'], (name: string) => string>> = {
  open: (name) => `opened ${name}`,
  close: (name) => closed(name),
};

function closed(name: string): string {
  switch (name) {
    case '':
      return 'closed';
    default:
      return `closed ${name}`;
  }
}

export const job = defineJob('events', (env) =>
  env
    .fromSource<Event>('events', { topic: 'events', splits: 1 })
    .map('tell', ({ kind, name }) => handlers[kind](name))
    .sinkTo('out', { sink: 'out' }),
);
