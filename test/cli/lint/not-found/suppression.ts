import { defineJob } from 'millrace';

// millrace-lint-ignore module-state: a memo of a pure function
const squares = new Map<number, number>();

function square(value: number): number {
  const known = squares.get(value) ?? value * value;
  squares.set(value, known);
  return known;
}

export const job = defineJob('suppression', (env) =>
  env
    .fromSource<number>('in', { topic: 'in', splits: 1 })
    .map('square', square)
    .map('above', (value) => {
      // millrace-lint-ignore clock: shown to a person, and dropped by the next operator
      return { value, at: Date.now() };
    })
    .map('beside', ({ value }) => Math.exp(value)) // millrace-lint-ignore mathematics: rounded behind this
    .map('text', (value) => `// millrace-lint-ignore clock ${value}`)
    .sinkTo('out', { sink: 'out' }),
);
