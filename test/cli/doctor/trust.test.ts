// What the doctor says of the secret of a cluster, of its certificates, and of addresses outside of this host.
import { chmodSync, existsSync } from 'node:fs';
import { expect, test } from 'vitest';
import { checkTrust } from '../../../src/cli/doctor/trust.ts';
import { Authority, hasOpenssl, WITHOUT_OPENSSL } from '../../net-real/certificates.ts';
import { temporaryFolder } from '../../net-real/temporary-folder.ts';

const folder = temporaryFolder();
const HERE = '127.0.0.1:0';
const ELSEWHERE = '198.51.100.7:6123';

test('a secret that is to be drawn is not drawn by it', () => {
  const path = folder.path('secret');
  expect(checkTrust({ secret: { path, isDrawn: true } }, HERE)).toMatchObject([{ about: 'secret', status: 'ok' }]);
  expect(existsSync(path)).toBe(false);
});

test('a secret that cannot be used fails', () => {
  folder.write('secret', 'f'.repeat(64));
  const secret = { path: folder.path('secret'), isDrawn: true };
  chmodSync(secret.path, 0o644);
  expect(checkTrust({ secret }, HERE)).toMatchObject([{ status: 'fail', says: expect.stringContaining('chmod 600') }]);
  chmodSync(secret.path, 0o600);
  expect(checkTrust({ secret }, HERE)).toMatchObject([{ status: 'ok' }]);
  const missing = { path: folder.path('none'), isDrawn: false };
  expect(checkTrust({ secret: missing }, HERE)).toMatchObject([
    { status: 'fail', says: expect.stringContaining('there is no secret') },
  ]);
});

test('an address outside of this host fails in the clear, and is warned of where that is wanted', () => {
  expect(checkTrust({}, HERE)).toEqual([]);
  expect(checkTrust({}, ELSEWHERE)).toMatchObject([{ about: 'network', status: 'fail' }]);
  expect(checkTrust({ isInsecure: true }, ELSEWHERE)).toMatchObject([{ about: 'network', status: 'warn' }]);
});

test.skipIf(!hasOpenssl)(
  `certificates: those that fit, that are over soon, and that do not fit${WITHOUT_OPENSSL}`,
  () => {
    const authority = new Authority(folder.path(), 'ca');
    const tls = authority.issue('jm', { days: 1 });
    const soon = checkTrust({ tls }, ELSEWHERE);
    expect(soon).toMatchObject([{ about: 'tls', status: 'warn', says: expect.stringContaining('is valid until') }]);
    expect(checkTrust({ tls: { ...tls, key: authority.issue('tm').key } }, ELSEWHERE)).toMatchObject([
      { about: 'tls', status: 'fail', says: expect.stringContaining('does not fit') },
    ]);
  },
);
