// Each import rule is broken once by a small project in memory, and the check must say so in these words.

import { expect, test } from 'vitest';
import { checkSources, describeViolation } from './imports.ts';

function check(files: Readonly<Record<string, string>>): string[] {
  return checkSources(new Map(Object.entries(files))).map(describeViolation);
}

/** One file that imports one specifier, on line 2. */
function checkOne(from: string, specifier: string, keyword = 'import'): string[] {
  return check({ [from]: `// A file.\n${keyword} { x } from '${specifier}';\nexport const y = x;\n` });
}

test.each([
  [
    'src/core/base/heap.ts',
    '../graph/job-graph.ts',
    'The zone base may import no other zone, not graph (src/core/graph/job-graph.ts).',
  ],
  [
    'src/core/graph/job-graph.ts',
    '../protocol/messages.ts',
    'The zone graph may import base and columns, not protocol (src/core/protocol/messages.ts).',
  ],
  [
    'src/core/protocol/codec.ts',
    '../checkpoint/metadata.ts',
    'The zone protocol may import base, columns and graph, not checkpoint (src/core/checkpoint/metadata.ts).',
  ],
  [
    'src/core/checkpoint/metadata.ts',
    '../operators/window.ts',
    'The zone checkpoint may import base, graph and protocol, not operators (src/core/operators/window.ts).',
  ],
  [
    'src/core/operators/window.ts',
    '../protocol/messages.ts',
    'The zone operators may import base, columns, graph and checkpoint, not protocol (src/core/protocol/messages.ts).',
  ],
  [
    'src/core/jobmanager/scheduler.ts',
    '../taskmanager/slots.ts',
    'The zone jobmanager may import base, columns, graph, protocol, checkpoint, jobmanager state and jobmanager checkpoints, not taskmanager (src/core/taskmanager/slots.ts).',
  ],
  [
    'src/core/jobmanager/scheduler.ts',
    '../operators/chain.ts',
    'The zone jobmanager may import base, columns, graph, protocol, checkpoint, jobmanager state and jobmanager checkpoints, not operators (src/core/operators/chain.ts).',
  ],
  [
    'src/core/jobmanager/checkpoints/trigger.ts',
    '../slots.ts',
    'The zone jobmanager checkpoints may import base, columns, graph, protocol, checkpoint and jobmanager state, not jobmanager (src/core/jobmanager/slots.ts).',
  ],
  [
    'src/core/task/work.ts',
    '../taskmanager/state.ts',
    'The zone task may import base, columns, graph, protocol, checkpoint, operators and task entry, not taskmanager (src/core/taskmanager/state.ts).',
  ],
  [
    'src/core/taskmanager/deployment.ts',
    '../task/status.ts',
    'The zone taskmanager may import base, columns, graph, protocol, checkpoint, leadership and task entry, not task (src/core/task/status.ts).',
  ],
  [
    'src/core/taskmanager/routing.ts',
    '../operators/chain.ts',
    'The zone taskmanager may import base, columns, graph, protocol, checkpoint, leadership and task entry, not operators (src/core/operators/chain.ts).',
  ],
  [
    'src/core/client/submit.ts',
    '../jobmanager/scheduler.ts',
    'The zone client may import base, columns, graph, protocol, checkpoint and leadership, not jobmanager (src/core/jobmanager/scheduler.ts).',
  ],
  [
    'src/sim/world.ts',
    '../core/graph/job-graph.ts',
    'The zone sim may import base, realm and run, not graph (src/core/graph/job-graph.ts).',
  ],
  [
    'src/sim/search/sweep.ts',
    '../cluster/wiring.ts',
    'The zone sim may import base, realm and run, not sim cluster (src/sim/cluster/wiring.ts).',
  ],
  [
    'src/sim/oracles/exact.ts',
    '../../core/operators/window.ts',
    'The zone sim oracles may import only types of operators (src/core/operators/window.ts): use import type.',
  ],
  [
    'src/sim/millrace-sim.ts',
    '../net-real/driver.ts',
    'The zone sim entry may import base, run, sim, sim services, sim faults, sim judges, sim machines, sim cluster, sim oracles and sim entry, not net-real (src/net-real/driver.ts).',
  ],
  ['src/core/base/heap.ts', 'node:fs', 'The zone base runs in a browser and must not import node:fs.'],
  ['src/sim/world.ts', 'fs', 'The zone sim runs in a browser and must not import fs.'],
  ['src/core/millrace.ts', 'seedrandom', 'The zone core entry may import no package, not seedrandom.'],
  ['src/sim/world.ts', '@scope/name/deep.js', 'The zone sim may import seedrandom, not @scope/name/deep.js.'],
])('%s must not import %s', (from, specifier, sentence) => {
  expect(checkOne(from, specifier)).toEqual([`${from}:2: ${sentence}`]);
});

test.each([
  ['src/core/jobmanager/scheduler.ts', '../../cli/main.ts', 'cli'],
  ['src/core/base/heap.ts', '../../../test/core/helpers.ts', 'test'],
  ['src/sim/oracles/exact.ts', '../../net-real/driver.ts', 'net-real'],
  ['src/net-real/driver.ts', '../sim/world.ts', 'sim'],
  ['scenarios/word-count.ts', '../src/net-real/driver.ts', 'net-real'],
  ['reports/html/report.ts', '../../scenarios/word-count.ts', 'scenarios'],
  ['reports/model/model.ts', '../../src/sim/world.ts', 'sim'],
  ['reports/page/main.ts', '../html/report.ts', 'reports'],
  ['src/cli/main.ts', '../../bench/main.ts', 'bench'],
  ['bench/main.ts', '../test/core/helpers.ts', 'test'],
])('%s must not import %s', (from, specifier, zone) => {
  expect(checkOne(from, specifier).join()).toMatch(new RegExp(`^${from}:2: The zone .*, not ${zone} \\(`));
});

test.each([
  ['src/core/task/task.ts', '../operators/chain.ts'],
  ['src/core/taskmanager/routing.ts', '../task/task.ts'],
  ['src/core/millrace.ts', './client/submit.ts'],
  ['src/sim/world.ts', '../core/base/heap.ts'],
  ['src/sim/decisions.ts', 'seedrandom'],
  ['src/sim/cluster/wiring.ts', '../../core/jobmanager/scheduler.ts'],
  ['src/sim/oracles/exact.ts', '../../core/checkpoint/metadata.ts'],
  ['src/net-real/driver.ts', 'node:net'],
  ['scenarios/word-count.ts', 'millrace/sim'],
  ['src/cli/main.ts', '../net-real/driver.ts'],
  ['test/cli/main.test.ts', '../../src/cli/main.ts'],
  ['bench/main.ts', '../src/cli/main.ts'],
])('%s may import %s', (from, specifier) => {
  expect(checkOne(from, specifier)).toEqual([]);
});

test.each(['operators/window.ts', 'jobmanager/state.ts', 'task/state.ts', 'taskmanager/state.ts', 'client/state.ts'])(
  'an oracle may import types of %s, and nothing else',
  (file) => {
    expect(checkOne('src/sim/oracles/leak.ts', `../../core/${file}`, 'import type')).toEqual([]);
    expect(checkOne('src/sim/oracles/leak.ts', `../../core/${file}`)).toHaveLength(1);
  },
);

test('re-exports, dynamic imports, types by import() and the names of the entry points are imports too', () => {
  const sentence = 'The zone sim may import base, realm and run, not core entry (src/core/millrace.ts).';
  const files = {
    'src/sim/a.ts': "export { job } from '../core/millrace.ts';\nexport const a = 1;\n",
    'src/sim/b.ts': "export const b = () => import('../core/millrace.ts');\n",
    'src/sim/c.ts': "export type C = import('../core/millrace.ts').Job;\n",
    'src/sim/d.ts': "import 'millrace';\nexport const d = 1;\n",
  };
  expect(check(files)).toEqual(['a', 'b', 'c', 'd'].map((name) => `src/sim/${name}.ts:1: ${sentence}`));
});

test('a cycle is told with its path, also when it consists of types', () => {
  const files = {
    'src/core/base/b.ts': "import type { C } from './c.ts';\nexport interface B { c: C }\n",
    'src/core/base/c.ts': "// c\nimport type { A } from './a.ts';\nexport interface C { a: A }\n",
    'src/core/base/a.ts': "// a\n// a\nimport { B } from './b.ts';\nexport type A = B;\n",
    'src/core/base/d.ts': "import { B } from './b.ts';\nexport type D = B;\n",
  };
  expect(check(files)).toEqual([
    'src/core/base/a.ts:3: This file imports itself in a cycle: ' +
      'src/core/base/a.ts -> src/core/base/b.ts -> src/core/base/c.ts -> src/core/base/a.ts.',
  ]);
});

test('a barrel is a violation, except in an entry point', () => {
  const barrel = "import { y } from './y.ts';\nexport * from './x.ts';\nexport { y };\n";
  expect(check({ 'src/core/base/index.ts': barrel, 'src/core/millrace.ts': "export * from './base/x.ts';\n" })).toEqual(
    ['src/core/base/index.ts:1: This file only re-exports, which is left to the public entry points.'],
  );
});

test('a file of core has at most 400 lines', () => {
  const lines = (count: number): string => 'export {};\n'.repeat(count);
  expect(check({ 'src/core/base/long.ts': lines(401), 'src/core/base/full.ts': lines(400) })).toEqual([
    'src/core/base/long.ts:1: This file has 401 lines, and a file of src/core has at most 400.',
  ]);
});

test('a file outside of the table is a violation', () => {
  expect(check({ 'src/core/extra/x.ts': 'export const x = 1;\n' })).toEqual([
    'src/core/extra/x.ts:1: This file is in no zone of the table in test/house/imports.ts.',
  ]);
});
