import { readdirSync } from 'node:fs';
import { expect, test } from 'vitest';
import { directoryService } from '../../src/net-real/ha-directory-service.ts';
import { temporaryFolder } from './temporary-folder.ts';

const folder = temporaryFolder();

test('a look at an HA service says how many entries were read, and makes nothing', async () => {
  const service = directoryService(folder.path());
  const nothing = 'nothing was ever written: no process of this cluster has run yet';
  expect(await service.inspect()).toMatchObject({ conditions: [{ status: 'ok', says: nothing }], leader: null });
  expect(readdirSync(folder.path())).toEqual([]);
  const port = service.open();
  for (const key of ['a', 'b', 'c'])
    await port.request({ kind: 'ha-write', key, value: Uint8Array.of(1), ifRevision: null, ifEpoch: null });
  await port.close();
  expect(await service.inspect()).toEqual({
    conditions: [{ status: 'ok', says: 'all 3 entries since it was last compacted can be read', advice: null }],
    leader: { entry: null },
  });
});
