// Real processes checksum what is long with zlib, and get the bytes that the world gets.
import { syncBuiltinESMExports } from 'node:module';
import zlib from 'node:zlib';
import { afterEach, expect, test } from 'vitest';
import { sealBlob } from '../../src/core/base/blob.ts';
import { leaveCrc32To } from '../../src/core/base/crc32.ts';
import { startHost } from '../../src/net-real/host.ts';
import { recorder } from '../sim/toys/recorder.ts';
import { loopNetwork } from './loop-network.ts';

const ofNode = zlib.crc32;

/** Files share a thread and its modules, so zlib itself counts, and not a stand-in that only a first import would meet. */
function setCrc32(crc32: typeof ofNode): void {
  zlib.crc32 = crc32;
  syncBuiltinESMExports();
}

afterEach(() => {
  setCrc32(ofNode);
  leaveCrc32To(null);
});

test('from the start of a host on', async () => {
  const lengths: number[] = [];
  setCrc32((bytes, begin) => {
    if (typeof bytes !== 'string') lengths.push(bytes.byteLength);
    return ofNode(bytes, begin);
  });
  leaveCrc32To(null); // hosts of other tests left it to zlib
  const long = 'x'.repeat(1_000);
  const own = [sealBlob('short', 1, 'x'), sealBlob('long', 1, long)];
  expect(lengths).toEqual([]);
  const host = startHost({ machine: recorder(() => {}), network: loopNetwork(), ports: [], incarnation: 1 });
  expect([sealBlob('short', 1, 'x'), sealBlob('long', 1, long)]).toEqual(own);
  expect(lengths).toEqual([own[1]!.length - 4]);
  await host.stop();
});
