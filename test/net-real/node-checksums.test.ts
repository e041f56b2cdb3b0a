// Real processes checksum what is long with zlib, and get the bytes that the world gets.
import { afterEach, expect, test, vi } from 'vitest';
import { sealBlob } from '../../src/core/base/blob.ts';
import { leaveCrc32To } from '../../src/core/base/crc32.ts';
import { startHost } from '../../src/net-real/host.ts';
import { recorder } from '../sim/toys/recorder.ts';
import { loopNetwork } from './loop-network.ts';

const zlib = vi.hoisted(() => ({ lengths: [] as number[] }));

vi.mock(import('node:zlib'), async (original) => {
  const { crc32, ...others } = await original();
  const counted: typeof crc32 = (bytes, begin) => {
    if (!(bytes instanceof Uint8Array)) throw new TypeError('no bytes');
    zlib.lengths.push(bytes.length);
    return crc32(bytes, begin);
  };
  return { ...others, crc32: counted };
});

afterEach(() => leaveCrc32To(null));

test('from the start of a host on', async () => {
  const long = 'x'.repeat(1_000);
  const own = [sealBlob('short', 1, 'x'), sealBlob('long', 1, long)];
  expect(zlib.lengths).toEqual([]);
  const host = startHost({ machine: recorder(() => {}), network: loopNetwork(), ports: [], incarnation: 1 });
  expect([sealBlob('short', 1, 'x'), sealBlob('long', 1, long)]).toEqual(own);
  expect(zlib.lengths).toEqual([own[1]!.length - 4]);
  await host.stop();
});
