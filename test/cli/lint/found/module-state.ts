import { defineJob } from 'millrace';

let seen = 0;
const byKey = new Map<string, number>();
const list: number[] = [];
const totals = { all: 0, parts: { today: 0 } };
const pattern = /\d+/g;

export const job = defineJob('module-state', (env) =>
  env
    .fromSource<string>('in', { topic: 'in', splits: 1 })
    .map('counter', (word) => `${word} ${++seen}`) // !module-state
    .map('map', (word) => byKey.set(word, 1).size) // !module-state
    .map('list', (size) => list.push(size)) // !module-state
    .map('field', (size) => (totals.parts.today += size)) // !module-state
    .map('delete', (size) => Reflect.deleteProperty(totals, String(size))) // !module-state
    .filter('pattern', (gone) => pattern.test(String(gone))) // !module-state
    .sinkTo('out', { sink: 'out' }),
);
