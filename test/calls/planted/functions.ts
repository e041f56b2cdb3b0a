// A job whose functions answer later, in every way that a function may, and in some that it may not.
import { readFile } from 'node:fs/promises';
import { setInterval as every, setTimeout as sleep, scheduler } from 'node:timers/promises';
import { defineJob, type DataStream, type JobEnvironment, type Value } from 'millrace';

type Fn = (value: Value) => Promise<Value>;

const elapsed = async (work: () => Promise<unknown>): Promise<number> => {
  const from = Date.now();
  await work();
  return Date.now() - from;
};

async function ticks(): Promise<Value> {
  const seen: number[] = [];
  for await (const tick of every(10, 'tick')) {
    seen.push(tick === 'tick' ? Date.now() % 1_000 : -1);
    if (seen.length === 3) break;
  }
  return seen;
}

export const functions: Readonly<Record<string, Fn>> = {
  echo: async (value) => value,
  sleep: (value) => elapsed(() => sleep(value as number)),
  timeout: (value) => elapsed(() => new Promise<void>((resolve) => void setTimeout(resolve, value as number))),
  immediate: () => elapsed(() => new Promise<void>((resolve) => void setImmediate(resolve))),
  wait: (value) => elapsed(() => scheduler.wait(value as number)),
  ticks,
  clock: async () => [Date.now(), new Date().getTime(), Math.floor(performance.now())],
  chance: async () => [Math.random(), Math.random(), crypto.randomUUID()],
  order: async () => {
    const seen: string[] = [];
    setTimeout(() => seen.push('timeout'), 0);
    queueMicrotask(() => seen.push('microtask'));
    process.nextTick(() => seen.push('tick'));
    await sleep(1);
    return seen;
  },
  abort: async () => {
    try {
      await sleep(1_000, null, { signal: AbortSignal.timeout(30) });
      return 'came';
    } catch (error) {
      return (error as Error).name;
    }
  },
  data: async () => ({ text: 'ä', list: [1, null, true], bytes: new Uint8Array([1, 2]), deep: { zero: -0 } }),
  frozen: async (value) => Object.isFrozen(value) && Object.isFrozen((value as { readonly list: Value }).list),
  writes: async (value) => {
    (value as Record<string, Value>)['late'] = 1;
    return value;
  },
  throws: async () => {
    await sleep(7);
    throw new RangeError('no such price');
  },
  'throws-at-once': () => {
    throw new RangeError('at once');
  },
  'gives-date': async () => new Date(0) as unknown as Value,
  'waits-for-nothing': () => new Promise<never>(() => {}),
  'waits-for-fetch': async () => (await fetch('https://example.org/prices')).status,
  'waits-for-file': async () => (await readFile('/etc/hostname', 'utf8')).length,
  endless: () =>
    new Promise<never>(() => {
      setInterval(() => {}, 1);
    }),
};

const asked = (env: JobEnvironment): DataStream<Value> =>
  Object.entries(functions).reduce<DataStream<Value>>(
    (stream, [id, fn]) => stream.mapAsync(id, fn),
    env.fromSource('rows', { topic: 'rows', splits: 1 }),
  );

export const job = defineJob('functions', (env) => asked(env).sinkTo('out', { sink: 'out' }));
