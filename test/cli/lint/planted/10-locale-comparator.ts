// A comparator of a shared object compares as the machine's language has it.
import { defineJob } from 'millrace';

type Person = { readonly name: string };

const by = {
  name: (a: Person, b: Person): number => a.name.localeCompare(b.name), // !locale
};

export const job = defineJob('people', (env) =>
  env
    .fromSource<{ readonly people: readonly Person[] }>('groups', { topic: 'groups', splits: 1 })
    .map('first', ({ people }) => people.toSorted(by.name)[0]?.name ?? '')
    .sinkTo('out', { sink: 'out' }),
);
