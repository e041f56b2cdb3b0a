// Sinks of a job's own: records reach them once their checkpoint is complete, once, whoever delivers and however often; in a JobManager by another process.
import { DatabaseSync } from 'node:sqlite';
import { afterEach, describe, expect, test } from 'vitest';
import type { PortRequest } from '../../../src/core/protocol/ports.ts';
import { programs } from '../../../src/layout.ts';
import { keepArtifact } from '../../../src/net-real/artifact-store.ts';
import { deliverApart } from '../../../src/net-real/connectors/deliver-apart.ts';
import { deliver, type Delivery } from '../../../src/net-real/connectors/delivery.ts';
import { mistakeInConnectors } from '../../../src/net-real/connectors/users-own.ts';
import { nodeDisk, type Disk } from '../../../src/net-real/disk.ts';
import { fileSink } from '../../../src/net-real/file-sink.ts';
import type { Port } from '../../../src/net-real/port.ts';
import { saying } from '../reasons.ts';
import { temporaryFolder } from '../temporary-folder.ts';

const folder = temporaryFolder();
const ports: Port[] = [];
afterEach(async () => {
  await Promise.all(ports.splice(0).map((port) => port.close()));
});

/** Rows and the name of their transaction come into a database as one. */
const TABLE = `import { DatabaseSync } from 'node:sqlite';
export const connectors = {
  table: {
    options: ['name'],
    openSink({ place, options }) {
      if ([...options.keys()].join() !== 'name') throw new Error('foreign options');
      const database = new DatabaseSync(place);
      database.exec('CREATE TABLE IF NOT EXISTS rows (value TEXT); CREATE TABLE IF NOT EXISTS taken (name TEXT PRIMARY KEY)');
      return {
        async deliver({ transaction, records }) {
          const rows = await Array.fromAsync(records);
          if (rows.includes('angry')) throw new Error('no such table');
          if (rows.includes('deadly')) process.exit(7);
          database.exec('BEGIN IMMEDIATE');
          const { changes } = database.prepare('INSERT OR IGNORE INTO taken VALUES (?)').run(transaction);
          if (Number(changes) > 0) for (const row of rows) database.prepare('INSERT INTO rows VALUES (?)').run(JSON.stringify(row));
          database.exec('COMMIT');
        },
        async close() {
          database.close();
        },
      };
    },
  },
};`;

const path = (): string => folder.path('rows.db');
const storage = (): string => folder.path('storage');
const byThis = (delivery: Omit<Delivery, 'storage'>): Promise<void> => deliver({ ...delivery, storage: storage() });
const byAnother = (delivery: Omit<Delivery, 'storage'>): Promise<void> =>
  deliverApart(programs.delivery, { ...delivery, storage: storage() });

async function sinkUrl(): Promise<string> {
  const hash = await keepArtifact({ storage: storage(), bytes: new TextEncoder().encode(TABLE) });
  return `table:${path()}?name=rows#${hash}`;
}

function port(how: typeof byThis, disk: Disk = nodeDisk): Port {
  const made = fileSink({ folder: folder.path('sinks'), deliver: how, disk });
  ports.push(made);
  return made;
}

function rows(): readonly unknown[] {
  const database = new DatabaseSync(path());
  const all = database
    .prepare('SELECT value FROM rows')
    .all()
    .map(({ value }) => JSON.parse(String(value)) as unknown);
  database.close();
  return all;
}

const token = { epoch: 1, attempt: 1 };
const writer = 'job-1/out/0';
const transaction = 'job-1/out/0/chk-3/e1-a1';

function requests(sink: string, records: readonly (string | number)[]): readonly PortRequest[] {
  const by = { sink, writer, token, transaction };
  return [
    { kind: 'sink-open', sink, writer, token, keep: [] },
    { kind: 'sink-write', ...by, chunk: 0, records: records.slice(0, 1) },
    { kind: 'sink-write', ...by, chunk: 1, records: records.slice(1) },
    { kind: 'sink-prepare', ...by, chunks: 2 },
    { kind: 'sink-commit', ...by },
  ];
}

async function ask(opened: Port, all: readonly PortRequest[]): Promise<readonly string[]> {
  const said: string[] = [];
  for (const request of all) said.push((await opened.request(request)).kind);
  return said;
}

const DONE = ['sink-opened', 'sink-written', 'sink-written', 'sink-prepared', 'sink-committed'];

test('records arrive as they were, also with what some take for the end of a line, and longer than what is read at once', async () => {
  const sink = await sinkUrl();
  const records = ['a\u2028b\u2029c\u0085d\r\n', '\ud800', 'ä'.repeat(200_000), 2 ** 60, ''];
  expect(await ask(port(byThis), requests(sink, records))).toEqual(DONE);
  expect(rows()).toEqual(records);
});

describe.each([
  ['in the process of the task', byThis],
  ['by a process beside the JobManager', byAnother],
])('%s', (_, how) => {
  test('a transaction arrives when it is committed, and once, however often that is asked for', async () => {
    const sink = await sinkUrl();
    const all = requests(sink, ['a', 'b', 3]);
    const opened = port(how);
    expect(await ask(opened, [...all, ...all.slice(-1)])).toEqual([...DONE, 'sink-committed']);
    expect(rows()).toEqual(['a', 'b', 3]);
  });

  test('one that died between delivery and its mark is delivered by its successor, and not doubled', async () => {
    const sink = await sinkUrl();
    const all = requests(sink, ['a', 'b']);
    const unlucky: Disk = {
      ...nodeDisk,
      append: (file, bytes) =>
        file.endsWith('.committed') ? Promise.reject(new Error('the power failed')) : nodeDisk.append(file, bytes),
    };
    expect((await ask(port(how, unlucky), all)).at(-1)).toBe('failed');
    expect(rows()).toEqual(['a', 'b']);
    const next = { sink, writer, token: { epoch: 2, attempt: 1 } };
    const successor: readonly PortRequest[] = [
      { kind: 'sink-open', ...next, keep: [transaction] },
      { kind: 'sink-commit', ...next, transaction },
    ];
    expect(await ask(port(how), successor)).toEqual(['sink-opened', 'sink-committed']);
    expect(rows()).toEqual(['a', 'b']);
  });

  test('what the sink throws is told, and asked again', async () => {
    const sink = await sinkUrl();
    const opened = port(how);
    const all = requests(sink, ['angry', 'b']);
    await ask(opened, all.slice(0, -1));
    const answer = await opened.request(all.at(-1) as PortRequest);
    expect(answer).toMatchObject({ kind: 'failed', outcome: 'unknown', reason: saying('no such table') });
  });
});

test('a sink is told of the transactions of two clusters by two names, and of one by one name', async () => {
  const sink = await sinkUrl();
  const names: string[] = [];
  const clusters = ['6f1d2c1e-0000-4000-8000-000000000001', '6f1d2c1e-0000-4000-8000-000000000002'];
  for (const [index, cluster] of clusters.entries()) {
    for (const epoch of [1, 2]) {
      const note: typeof byThis = async (delivery) => {
        names.push(delivery.transaction);
        return epoch === 1 ? Promise.reject(new Error('the power failed')) : byThis(delivery);
      };
      const opened = fileSink({ folder: folder.path(`sinks-${index}`), cluster, closes: epoch === 2, deliver: note });
      ports.push(opened);
      if (epoch === 1) await ask(opened, requests(sink, ['a', index]));
      else
        await ask(
          opened,
          requests(sink, [])
            .slice(-1)
            .map((request) => ({ ...request, token })),
        );
    }
  }
  expect(names).toEqual(clusters.flatMap((cluster) => [`${cluster}/${transaction}`, `${cluster}/${transaction}`]));
  expect(rows()).toEqual(['a', 0, 'a', 1]);
});

test('a delivery that hangs fails the task that waits for it, with its time; its successor delivers', async () => {
  const sink = await sinkUrl();
  const hung = (): Promise<void> => new Promise(() => {});
  const opened = fileSink({ folder: folder.path('sinks'), deliver: hung, deliveryMsMax: 50 });
  ports.push(opened);
  const all = requests(sink, ['a', 'b']);
  await ask(opened, all.slice(0, -1));
  const text = 'a delivery to it did not end within 0.05 s';
  expect(await opened.request(all.at(-1) as PortRequest)).toEqual({ kind: 'record-refused', text });
  expect(await ask(port(byThis), all.slice(-1))).toEqual(['sink-committed']);
  expect(rows()).toEqual(['a', 'b']);
});

test('what its connector says of its place is nothing that the sink sees', async () => {
  const sink = (await sinkUrl()).replace('?name=rows', '?name=rows&identity=the-rows');
  expect(await ask(port(byThis), requests(sink, ['a', 'b']))).toEqual(DONE);
  expect(rows()).toEqual(['a', 'b']);
});

test('one that is written in another way, by other code, commits what was prepared before', async () => {
  const withOptions = (options: string, hash: string): string => `table:${path()}?${options}#${hash}`;
  const old = (await sinkUrl()).split('#')[1] ?? '';
  const before = requests(withOptions('name=rows&kind=x', old), ['a', 'b']);
  const both = TABLE.replace("options: ['name'],", "options: ['name', 'kind'],").replace(
    "!== 'name'",
    "!== 'kind,name'",
  );
  const hash = await keepArtifact({ storage: storage(), bytes: new TextEncoder().encode(both) });
  expect(hash).not.toBe(old);
  await ask(port(byThis), before.slice(0, -1));
  const sink = withOptions('kind=x&name=rows', hash);
  expect(await ask(port(byThis), [{ kind: 'sink-commit', sink, writer, token, transaction }])).toEqual([
    'sink-committed',
  ]);
  expect(rows()).toEqual(['a', 'b']);
});

test('code that ends its process ends no JobManager', async () => {
  const sink = await sinkUrl();
  const opened = port(byAnother);
  expect((await ask(opened, requests(sink, ['deadly', 'b']))).at(-1)).toBe('failed');
});

test('where nobody delivers it is told', async () => {
  const opened = fileSink({ folder: folder.path('sinks') });
  ports.push(opened);
  const all = requests(await sinkUrl(), ['a', 'b']);
  await ask(opened, all.slice(0, -1));
  expect(await opened.request(all.at(-1) as PortRequest)).toMatchObject({
    reason: saying('nobody here delivers to table:'),
  });
});

test.each([
  [{ x: {} }, 'connector "x" has no function "open", of a source, nor "openSink", of a sink'],
  [{ x: { openSink: 1 } }, 'connector "x": its "openSink" is no function'],
  [{ csv: { openSink: () => {} } }, '"connectors" has the scheme "csv", which is built in'],
  [{ x: { openSink: () => {} } }, null],
  [{ x: { openSink: () => {}, identity: 'x' } }, 'connector "x": its "identity" is no function'],
  [
    { x: { openSink: () => {}, options: ['identity'] } },
    'connector "x": its option "identity" is one that Millrace uses itself',
  ],
])('%j', (connectors, mistake) => {
  expect(mistakeInConnectors({ connectors })).toBe(mistake);
});
