// Incarnations rise, whatever the clock does, and a process does not start with one that it may have had.
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { PortAnswer, PortFailed, PortRequest } from '../../src/core/protocol/ports.ts';
import { haDirectory } from '../../src/net-real/ha-directory.ts';
import { nextIncarnation, takeIncarnation } from '../../src/net-real/incarnation.ts';
import { failed } from '../../src/net-real/port-answers.ts';
import type { Port } from '../../src/net-real/port.ts';

let folder = '';
beforeEach(() => void (folder = mkdtempSync(join(tmpdir(), 'millrace-incarnation-'))));
afterEach(() => rmSync(folder, { recursive: true }));

test('it is the wall clock, or one more than the last where the clock stands or goes back', () => {
  const work = join(folder, 'not', 'there', 'yet');
  expect([1_000.7, 1_000, 400, 2_000].map((wallNow) => nextIncarnation(work, wallNow))).toEqual([
    1_000, 1_001, 1_002, 2_000,
  ]);
  expect(readdirSync(work)).toEqual(['incarnation']);
  expect(readFileSync(join(work, 'incarnation'), 'utf8')).toBe('millrace-incarnation 1 2000\n');
});

test.each([
  '',
  'millrace-incarnation 1 12',
  'millrace-incarnation 2 12\n',
  '12\n',
  'millrace-incarnation 1 9999999999999999\n',
])('a file that says %j is refused', (text) => {
  writeFileSync(join(folder, 'incarnation'), text);
  expect(() => nextIncarnation(folder, 5)).toThrow('holds no incarnation of version 1');
  expect(readFileSync(join(folder, 'incarnation'), 'utf8')).toBe(text);
});

test('a file that was not finished by a process that died is replaced', () => {
  nextIncarnation(folder, 5);
  writeFileSync(join(folder, 'incarnation.new'), 'millr');
  expect(nextIncarnation(folder, 5)).toBe(6);
});

describe('of a cluster', () => {
  const service = (): Port => haDirectory({ folder: join(folder, 'ha') });

  /** Starts a process: what it knows is the service and its folder. */
  const take = (work: string, ha: Port = service()): Promise<number> => takeIncarnation(ha, join(folder, work));

  /** The service, whose writes go as told: what is answered in place of the true answer. */
  function meddled(instead: (answer: PortAnswer | PortFailed) => PortAnswer | PortFailed): Port {
    const ha = service();
    const answer = async (request: PortRequest): Promise<PortAnswer | PortFailed> => {
      const told = await ha.request(request);
      return request.kind === 'ha-write' ? instead(told) : told;
    };
    return { ...ha, request: answer };
  }

  test('it rises with each start, whatever folder a process is given', async () => {
    const taken: number[] = [];
    for (const work of ['tm-1', 'fresh', 'tm-1', 'fresher']) taken.push(await take(work));
    expect(taken).toEqual([1, 2, 3, 4]);
    expect(readFileSync(join(folder, 'tm-1', 'incarnation'), 'utf8')).toBe('millrace-incarnation 1 3\n');
  });

  test('processes that start together take different ones', async () => {
    const names = Array.from({ length: 12 }, (_, number) => `tm-${number}`);
    const taken = await Promise.all(names.map((name) => take(name)));
    expect(taken.toSorted((one, other) => one - other)).toEqual(names.map((_, number) => number + 1));
  });

  test('it is higher than the last of its folder, where the service is a copy from before that', async () => {
    nextIncarnation(join(folder, 'tm-1'), 1_000);
    expect([await take('tm-1'), await take('tm-2')]).toEqual([1_001, 1_002]);
  });

  test('one that may have been taken is not taken again', async () => {
    let answers = 0;
    const unsure = meddled((answer) => (++answers === 1 ? failed('unknown', { kind: 'port-closed' }) : answer));
    expect(await take('tm-1', unsure)).toBe(2);
    expect(await take('tm-2')).toBe(3);
  });

  test.each([
    [
      'does not write',
      (): PortFailed => failed('not-applied', { kind: 'io', code: 'ENOSPC', text: 'no room is left' }),
      'no room is left',
    ],
    [
      'never says what became of a write',
      (): PortFailed => failed('unknown', { kind: 'port-closed' }),
      'in 1000 attempts',
    ],
  ])('a service that %s is told in a sentence', async (_, instead, sentence) => {
    await expect(take('tm-1', meddled(instead))).rejects.toThrow(sentence);
  });

  test('a counter that cannot be read is no counter that begins again', async () => {
    const write = {
      kind: 'ha-write',
      key: 'incarnation',
      value: Uint8Array.of(7),
      ifRevision: 0,
      ifEpoch: null,
    } as const;
    await service().request(write);
    await expect(take('tm-1')).rejects.toThrow('no incarnation can be taken from the HA service: ');
  });
});
