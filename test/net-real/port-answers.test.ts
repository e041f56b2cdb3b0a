// What a port says of an error: what the system lacks reads the same whatever file was being written, so that the same lack is counted once.
import { expect, test } from 'vitest';
import { ioReason } from '../../src/net-real/port-answers.ts';

/** As `node:fs` throws it. */
function systemError(code: string, what: string, of: { syscall: string; path?: string }): Error {
  const place = of.path === undefined ? of.syscall : `${of.syscall} '${of.path}'`;
  return Object.assign(new Error(`${code}: ${what}, ${place}`), { code, ...of });
}

const open = (path: string): { syscall: string; path: string } => ({ syscall: 'open', path });

test.each([
  [
    systemError('ENOSPC', 'no space left on device', open('/ha/temporary/vm-pid-6-28')),
    'ENOSPC: no space left on device, in /ha/temporary',
  ],
  [systemError('ENOSPC', 'no space left on device', { syscall: 'write' }), 'ENOSPC: no space left on device'],
  [systemError('EROFS', 'read-only file system', open('/chk/job-1/a')), 'EROFS: read-only file system, in /chk/job-1'],
  [
    systemError('EACCES', 'permission denied', open('/ha/entries/1')),
    "EACCES: permission denied, open '/ha/entries/1'",
  ],
])('%s', (error, text) => {
  expect(ioReason(error)).toMatchObject({ kind: 'io', text });
});
