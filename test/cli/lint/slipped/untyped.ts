// A job without types: what reaches a function is told by where it came from.
import { defineJob, defineScenario } from 'millrace/scenario';

type Any = any;

const seen: Any = {};
const list: Any = [];

export const scenario = defineScenario({
  name: 'untyped',
  about: 'Any of any.',
  cluster: { jobManagers: 1, taskManagers: 2, slotsPerTaskManager: 2 },
  job: defineJob('untyped', (env: Any) => {
    let stream: Any = env.fromSource('in', { topic: 'in', splits: 2, timestamp: () => Date.now() }); // !clock
    stream = stream.map('count', (record: Any) => ((record.n += 1), record)); // !mutation
    stream = stream.map('items', (record: Any) => {
      record.items.forEach((item: Any) => {
        item.n = 1; // !mutation
      });
      return record;
    });
    stream = stream.map('keep', (record: Any) => {
      seen[record.key] = true; // !module-state
      list.push(record); // !module-state
      return record;
    });
    stream = stream.keyBy((record: Any) => record.key + Math.random()); // !chance
    stream = stream.process('last', {
      onRecord(record: Any, context: Any) {
        const known = context.state('known').value() ?? [];
        known.push(record); // !mutation
        context.collect(known);
      },
      onTimer(at: Any, context: Any) {
        setTimeout(() => context.collect(at)); // !timers
      },
    });
    stream = stream.map('environment', () => (globalThis as Any).process.env.LIMIT); // !environment
    stream
      .window('window', { kind: 'tumbling-event-time', sizeMs: 10 })
      .aggregate({
        create: () => [],
        add: (all: Any, record: Any) => {
          all.push(record); // !mutation
          return all;
        },
        result: (all: Any) => all.length,
      });
    stream.sinkTo('out', { sink: 'out' });
  }),
  input: ({ data }: Any) => ({ in: { splits: data.rows.reverse() } }), // !mutation
  faults: {},
  reference: true,
} as Any);
