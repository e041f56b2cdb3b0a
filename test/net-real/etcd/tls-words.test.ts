// Why TLS does not come about, where a real etcd shows it by chance alone: a connection that is reset says less than an alert.
import { expect, test } from 'vitest';
import { wordsOfTls, type Phase } from '../../../src/net-real/etcd/tls-words.ts';

const without = { ca: null, cert: null, key: null };
const withOne = { ca: '/ca', cert: '/cert', key: '/key' };
const reset = Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET' });
const hungUp = Object.assign(new Error('socket hang up'), { code: 'ECONNRESET' });

test.each<[Error, typeof without | typeof withOne | null, Phase, string]>([
  [reset, without, 'begins', 'it hung up before TLS began; if it speaks none, name it etcd:// (ECONNRESET)'],
  [
    reset,
    without,
    'fresh',
    'it hung up behind the handshake of TLS; if it wants a certificate of its clients: ?cert=FILE&key=FILE (ECONNRESET)',
  ],
  [
    hungUp,
    withOne,
    'fresh',
    'it hung up behind the handshake of TLS, as if it refused the certificate in cert=/cert (ECONNRESET)',
  ],
  [reset, withOne, 'used', 'read ECONNRESET'],
  [hungUp, null, 'fresh', 'socket hang up; if it speaks TLS, name it etcds:// (ECONNRESET)'],
  [hungUp, null, 'used', 'socket hang up'],
  [reset, null, 'fresh', 'read ECONNRESET'],
])('%s, with %j, %s', (error, tls, phase, words) => {
  expect(wordsOfTls(error, tls, phase)).toBe(words);
});
