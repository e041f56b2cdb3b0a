// Sources that are no files, connectors of users, and sinks by URL.
import { once } from 'node:events';
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, test } from 'vitest';
import type { Value } from '../../../src/core/base/value.ts';
import { keepArtifact } from '../../../src/net-real/artifact-store.ts';
import { fileSink } from '../../../src/net-real/file-sink.ts';
import type { Port } from '../../../src/net-real/port.ts';
import { saying } from '../reasons.ts';
import { temporaryFolder } from '../temporary-folder.ts';
import { openPort, read, readAll } from './lab.ts';

const folder = temporaryFolder();
const ports: Port[] = [];
const servers: Server[] = [];
afterEach(async () => {
  for (const port of ports.splice(0)) await port.close();
  for (const server of servers.splice(0)) server.close();
});

function port(): Port {
  const opened = openPort(folder.path());
  ports.push(opened);
  return opened;
}

describe('a generator', () => {
  test('gives numbers, each to one split, at any position the same', async () => {
    const topic = 'generator:?count=10&from=100&splits=3';
    const splits = await Promise.all([0, 1, 2].map((split) => readAll(port(), topic, split, 2)));
    expect(splits).toEqual([
      [100, 103, 106, 109],
      [101, 104, 107],
      [102, 105, 108],
    ]);
    expect(await read(port(), { topic, split: 1, position: 2, maxRecords: 9 })).toMatchObject({
      values: [107],
      end: true,
    });
    expect(await read(port(), { topic, split: 1, position: 4, maxRecords: 9 })).toMatchObject({
      reason: saying('gives 3 numbers'),
    });
  });

  test('refuses the mark of another number of splits', async () => {
    const first = await read(port(), { topic: 'generator:?splits=2', split: 1, position: 3, maxRecords: 1 });
    const mark = first.kind === 'records' ? first.mark : '';
    expect(
      await read(port(), { topic: 'generator:?splits=2', split: 1, position: 4, mark, maxRecords: 1 }),
    ).toMatchObject({ values: [9] });
    const answer = await read(port(), { topic: 'generator:?splits=3', split: 1, position: 4, mark, maxRecords: 1 });
    expect(answer).toMatchObject({
      kind: 'source-refused',
      reason: saying('of split 1 of 2, and this is split 1 of 3'),
    });
  });

  test('without a count never ends', async () => {
    const far = await read(port(), { topic: 'generator:?splits=2', split: 1, position: 1e9, maxRecords: 2 });
    expect(far).toMatchObject({ values: [2e9 + 1, 2e9 + 3], end: false });
  });
});

describe('a socket', () => {
  async function listen(onConnection: (socket: Socket) => void, at = 0): Promise<string> {
    const server = createServer(onConnection).listen(at, '127.0.0.1');
    servers.push(server);
    await once(server, 'listening');
    return `tcp://127.0.0.1:${(server.address() as AddressInfo).port}?splits=1`;
  }

  async function linesOf(opened: Port, topic: string, count: number): Promise<readonly Value[]> {
    const values: Value[] = [];
    while (values.length < count) {
      const answer = await read(opened, { topic, split: 0, position: values.length, maxRecords: 3 });
      if (answer.kind === 'records') {
        expect(answer.end).toBe(false);
        values.push(...answer.values);
      }
      await sleep(1);
    }
    return values;
  }

  test('gives lines as they come, across packets, and calls again when it broke', async () => {
    let calls = 0;
    const topic = await listen((socket) => {
      calls += 1;
      socket.on('error', () => {});
      socket.write(Buffer.from('€1\r\n€', 'utf8').subarray(0, 7));
      socket.write(Buffer.from('€', 'utf8').subarray(1));
      setTimeout(() => socket.end(`${calls}\nlast`), 5);
    });
    expect(await linesOf(port(), topic, 6)).toEqual(['€1', '€1', 'last', '€1', '€2', 'last']);
  });

  test('that replays is asked for each line from where it is wanted, and breaks at any byte', async () => {
    const lines = Array.from({ length: 40 }, (_, index) => `line ${index}`);
    const asked: string[] = [];
    const topic = await listen((socket) => {
      socket.on('error', () => {});
      socket.once('data', (text) => {
        asked.push(String(text));
        const from = Number(/^from (\d+)\n$/.exec(String(text))?.[1]);
        const rest = lines
          .slice(from)
          .map((line) => `${line}\n`)
          .join('');
        // Each call gets some lines, and half of another one: that half must never be a record.
        if (from === 40) return;
        socket.end(rest.slice(0, 60 + 7 * asked.length));
      });
    });
    const replaying = `${topic}&replay`;
    const opened = port();
    expect(await readTo(opened, replaying, 0, 12)).toEqual(lines.slice(0, 12));
    // A task that restarts in this process, and one in another.
    expect(await readTo(opened, replaying, 5, 12)).toEqual(lines.slice(5, 12));
    expect(await readTo(port(), replaying, 9, 40)).toEqual(lines.slice(9));
    expect(asked).toEqual(expect.arrayContaining(['from 0\n', 'from 5\n', 'from 9\n']));
  }, 60_000);

  async function readTo(opened: Port, topic: string, from: number, to: number): Promise<readonly Value[]> {
    const values: Value[] = [];
    while (from + values.length < to) {
      const maxRecords = Math.min(3, to - from - values.length);
      const answer = await read(opened, { topic, split: 0, position: from + values.length, maxRecords });
      if (answer.kind === 'records') values.push(...answer.values);
      await sleep(1);
    }
    return values;
  }

  test('whose sender is not there is told, and read when it is', async () => {
    const topic = await listen(() => {});
    servers.splice(0)[0]?.close();
    const opened = port();
    let answer = await read(opened, { topic, split: 0, position: 0, maxRecords: 3 });
    expect(answer).toMatchObject({ values: [], end: false });
    while (answer.kind === 'records') {
      await sleep(1);
      answer = await read(opened, { topic, split: 0, position: 0, maxRecords: 3 });
    }
    expect(answer).toMatchObject({ kind: 'failed', reason: saying('ECONNREFUSED') });
    await listen((socket) => socket.end('here\n'), Number(/:(\d+)\?/.exec(topic)?.[1]));
    expect(await linesOf(opened, topic, 1)).toEqual(['here']);
  });

  test('a line without an end is no reason to fill the memory', async () => {
    const topic = await listen((socket) => {
      socket.on('error', () => {});
      socket.write('x'.repeat(2_000_000));
    });
    const opened = port();
    for (;;) {
      const answer = await read(opened, { topic, split: 0, position: 0, maxRecords: 3 });
      if (answer.kind === 'failed') {
        expect(answer).toMatchObject({ reason: saying('a line is longer than') });
        return;
      }
      await sleep(1);
    }
  });
});

describe('a connector of a job', () => {
  const code = `export const connectors = {
    kafkaish: {
      options: ['step'],
      open: ({ place, options, split, splits }) => {
        if (place === 'shut') throw new Error('shut');
        if (place === 'closed') throw Object.assign(new Error('closed for good'), { isRefusal: true });
        return {
        async read({ position, maxRecords }, out) {
          if (place === 'odd') out.add(new Date());
          if (place === 'greedy') for (let at = 0; at <= maxRecords; at++) out.add(at);
          if (place === 'mute') return;
          if (place === 'final') throw Object.assign(new Error('no such topic'), { isRefusal: true });
          if (place === 'angry') throw new Error('no broker');
          out.add([place, Number(options.get('step')), split, splits, position]);
          return { end: false, mark: '' };
        },
        async close() {},
        };
      },
    },
  };`;

  async function topicOf(place: string, scheme = 'kafkaish'): Promise<string> {
    const hash = await keepArtifact({ storage: folder.path(), bytes: new TextEncoder().encode(code) });
    return `${scheme}:${place}?step=5&splits=2#${hash}`;
  }

  test('is loaded from its artifact', async () => {
    const answer = await read(port(), { topic: await topicOf('a topic'), split: 1, position: 7, maxRecords: 3 });
    expect(answer).toMatchObject({ kind: 'records', position: 7, values: [['a topic', 5, 1, 2, 7]], end: false });
  });

  test.each([
    ['odd', 'source-refused', 'kafkaish', 'a record is not data'],
    ['greedy', 'source-refused', 'kafkaish', 'gives more than 3 records at once'],
    ['angry', 'failed', 'kafkaish', 'no broker'],
    ['final', 'source-refused', 'kafkaish', 'no such topic'],
    [
      'mute',
      'source-refused',
      'kafkaish',
      'its connector does not answer { end: boolean, mark: a text of up to 1000 characters }',
    ],
    ['shut', 'failed', 'kafkaish', 'shut'],
    ['closed', 'source-refused', 'kafkaish', 'closed for good'],
    ['x', 'failed', 'rabbitish', 'registers no connector rabbitish:'],
  ])('that is %s is told', async (place, kind, scheme, sentence) => {
    const answer = await read(port(), { topic: await topicOf(place, scheme), split: 0, position: 0, maxRecords: 3 });
    expect(answer).toMatchObject({ kind, reason: saying(sentence) });
  });

  test('whose artifact is gone is told', async () => {
    const answer = await read(port(), {
      topic: `kafkaish:x?splits=1#${'0b'.repeat(32)}`,
      split: 0,
      position: 0,
      maxRecords: 1,
    });
    expect(answer).toMatchObject({ kind: 'failed', reason: saying('is missing') });
  });
});

test.each([
  ['csv:data/rows.csv?splits=1', 'its path "data/rows.csv" is not absolute'],
  ['csv:/x', 'has 0 splits'],
  ['cvs:/x?splits=1', 'unknown scheme "cvs"'],
])('a URL that nobody resolved, %s, is refused', async (topic, sentence) => {
  expect(await read(port(), { topic, split: 0, position: 0, maxRecords: 1 })).toMatchObject({
    reason: saying(sentence),
  });
});

describe('sinks', () => {
  const token = { epoch: 1, attempt: 1 };
  const writer = 'job-1/out/0';

  async function write(sink: string, chunks: readonly (readonly Value[])[]): Promise<readonly string[]> {
    const opened = fileSink({ folder: folder.path('elsewhere') });
    ports.push(opened);
    const transaction = 'job-1/out/0/chk-3/e1-a1';
    const requests = [
      { kind: 'sink-open', sink, writer, token, keep: [] },
      ...chunks.map(
        (records, chunk) => ({ kind: 'sink-write', sink, writer, token, transaction, chunk, records }) as const,
      ),
      { kind: 'sink-prepare', sink, writer, token, transaction, chunks: chunks.length },
      { kind: 'sink-commit', sink, writer, token, transaction },
    ] as const;
    const said: string[] = [];
    for (const request of requests) {
      const answer = await opened.request(request);
      if (answer.kind === 'record-refused') said.push(answer.text);
      else said.push(answer.kind === 'failed' ? JSON.stringify(answer.reason) : answer.kind);
    }
    return said;
  }

  const part = (): string => readFileSync(folder.path('out', 'copies', 'part-job-1-0-3'), 'utf8');
  const sinkAt = (scheme: string, options = ''): string => `${scheme}:${folder.path('out', 'copies')}${options}`;

  test.each<[string, string, string, readonly (readonly Value[])[], string]>([
    ['lines', 'file', '', [['a', 1], [{ b: 2 }]], 'a\n1\n{"b":2}\n'],
    ['JSON', 'jsonl', '', [['a'], [null, { b: 'x\ny' }]], '"a"\nnull\n{"b":"x\\ny"}\n'],
    [
      'columns',
      'csv',
      '',
      [[{ a: 'x,y', b: 1 }], [{ b: null, a: '"' }, { a: [1, 2] }]],
      'a,b\r\n"x,y",1\r\n"""",\r\n"[1,2]",\r\n',
    ],
    ['each digit of a number', 'jsonl', '', [[-0, { a: [2 ** 60] }]], '-0\n{"a":[1152921504606846976]}\n'],
    ['each digit of a number in a line', 'file', '', [[-0, 2 ** 60]], '-0\n1152921504606846976\n'],
    ['each digit of a number in a column', 'csv', '', [[{ a: -0, b: 2 ** 60 }]], 'a,b\r\n-0,1152921504606846976\r\n'],
    ['half of a character', 'jsonl', '', [['\ud800']], '"\\ud800"\n'],
    ['columns that are named', 'csv', '?columns=b,a&delimiter=;', [[{ a: 1 }]], 'b;a\r\n;1\r\n'],
    ['columns without a header', 'csv', '?header=false', [[{ a: true }]], 'true\r\n'],
    ['a chunk that is empty', 'csv', '', [[], [{ a: 1 }]], 'a\r\n1\r\n'],
  ])('%s become a part when they are committed', async (_, scheme, options, chunks, text) => {
    const said = await write(sinkAt(scheme, options), chunks);
    expect(said).toEqual(['sink-opened', ...chunks.map(() => 'sink-written'), 'sink-prepared', 'sink-committed']);
    expect(part()).toBe(text);
    expect(readdirSync(folder.path('out', 'copies')).sort()).toEqual(['.writers', 'part-job-1-0-3']);
  });

  test.each<[string, string, Value, string]>([
    ['a text with a line end', 'file', 'a\nb', 'a record is a text with a line end'],
    ['what JSON cannot say', 'jsonl', { a: [Number.NaN] }, 'which JSON cannot say'],
    ['half of a character', 'file', 'a\ud800', 'a record is a text with half of a character'],
    ['half of a character in a field', 'csv', { a: '\udc00' }, 'a record holds a text with half of a character'],
    ['no object', 'csv', ['a'], 'a record is no object'],
    ['another field', 'csv', { a: 1, c: 2 }, 'a record has the field "c", and the columns are a'],
  ])('%s is refused', async (_, scheme, record, sentence) => {
    const said = await write(sinkAt(scheme), [[scheme === 'csv' ? { a: 0 } : 'first'], [record]]);
    expect(said[2]).toContain(sentence);
    expect(said[3]).not.toBe('sink-prepared');
  });

  test('a URL that nobody resolved is refused', async () => {
    expect((await write('jsonl:out', []))[0]).toContain('its path \\"out\\" is no absolute path of a folder');
    expect((await write('jsnl:/out', []))[0]).toContain('unknown scheme');
  });
});
