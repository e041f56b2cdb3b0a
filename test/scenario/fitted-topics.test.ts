// Input of a scenario whose sources declare what each record is.
import { expect, test } from 'vitest';
import type { Value } from '../../src/core/base/value.ts';
import { int32, int64, nullable, schema, string, type Schema } from '../../src/core/columns/schema.ts';
import { defineJob, type JobDefinition } from '../../src/core/graph/define-job.ts';
import { drawInput } from '../../src/scenario/input.ts';
import type { Scenario } from '../../src/scenario/scenario.ts';
import { scenario as wordCount } from '../../scenarios/word-count.ts';
import { runSeed } from '../sim/cluster/lab.ts';

const order = schema({ account: string, cents: int32, note: nullable(string) });

const job = (name: string, schemas: { readonly schema?: Schema }): JobDefinition =>
  defineJob(name, (env) =>
    env
      .fromSource('orders', { topic: 'orders', splits: 2, ...(schemas as { readonly schema?: Schema<Value> }) })
      .sinkTo('out', { sink: `${name}-out` }),
  );

const scenarioOf = (splits: readonly (readonly Value[])[], other: { readonly schema?: Schema } = {}): Scenario => {
  const { job: _, check: __, ...rest } = wordCount;
  const jobs = [{ job: job('declared', { schema: order }) }];
  return {
    ...rest,
    jobs: 'schema' in other ? [...jobs, { job: job('other', other) }] : jobs,
    input: () => ({ orders: { splits }, spare: { splits: [[1]] } }),
  };
};

const right = { account: 'a', cents: 1, note: 'n' };

test('records have the fields of their schema in its order', () => {
  const topics = drawInput({ scenario: scenarioOf([[right], [{ cents: 2, account: 'b' }]]), data: {} }, () => 0);
  expect(JSON.stringify(topics)).toBe(
    '{"orders":{"splits":[[{"account":"a","cents":1,"note":"n"}],[{"account":"b","cents":2,"note":null}]]},"spare":{"splits":[[1]]}}',
  );
  expect(topics['orders']?.splits[0]?.[0]).toBe(right);
});

test('a run goes over them', () => {
  const scenario = scenarioOf([[right], [{ cents: 2, account: 'b' }]]);
  expect(runSeed({ ...scenario, reference: true }, 1).verdict).toBe('pass');
});

test('int64s are there where the schema says so, and nowhere else', () => {
  const account = { account: 'a', cents: 1 };
  const declared = schema({ account: string, cents: int32, id: int64 });
  const scenario = { ...scenarioOf([]), jobs: [{ job: job('declared', { schema: declared }) }] };
  const given = (id: Value): Scenario => ({
    ...scenario,
    input: () => ({ orders: { splits: [[{ ...account, id }], []] } }),
  });
  expect(runSeed({ ...given(2n ** 62n), reference: true }, 1).verdict).toBe('pass');
  expect(() => runSeed(given(7), 1)).toThrow('field "id" must be int64 (a bigint from -2^63 to 2^63 - 1), not 7');
  expect(() => runSeed({ ...given(7n), jobs: [{ job: job('any', {}) }] }, 1)).toThrow('holds 7n at .id');
});

test('one that does not fit is told before anything runs', () => {
  expect(() => runSeed(scenarioOf([[right], [right, { ...right, cents: 0.5 }]]), 1)).toThrow(
    'scenario "word-count": record 1 of split 1 of topic "orders" does not fit its schema: field "cents" must be int32 (a whole number from -2147483648 to 2147483647), not 0.5',
  );
});

test('a topic has one schema', () => {
  expect(() => runSeed(scenarioOf([[right], []], { schema: schema({ account: string }) }), 1)).toThrow(
    'scenario "word-count": the topic "orders" is read with the schema { account: string, cents: int32, note: nullable(string) } and with the schema { account: string }',
  );
});
