// Whether processes can prove that they belong to the cluster, and what others can do with what they say.
import { existsSync } from 'node:fs';
import { messageOf } from '../../core/base/stack-lines.ts';
import { takeSecret, type SecretFile } from '../../net-real/cluster-secret.ts';
import { readTls, type TlsFiles } from '../../net-real/tls-files.ts';
import { exposureOf } from '../../net-real/transport.ts';
import { shownPath } from '../files.ts';
import type { Trust } from '../trust-options.ts';
import { fail, ok, warn, type Finding } from './check.ts';

/** A new certificate is to be there before. */
const DAYS_MIN = 14;
const DAY_MS = 86_400_000;

/** @param address under which a process is known */
export function checkTrust({ secret, tls, isInsecure = false }: Trust, address: string, now = new Date()): Finding[] {
  return [
    ...(secret === undefined ? [] : [checkSecret(secret)]),
    ...(tls === undefined ? [] : [checkTls(tls, now)]),
    ...(tls === undefined ? checkExposure(address, isInsecure) : []),
  ];
}

function checkSecret(file: SecretFile): Finding {
  const { path, isDrawn } = file;
  if (isDrawn && !existsSync(path)) return ok('secret', `the first process draws it: ${shownPath(path)}`);
  try {
    takeSecret({ path, isDrawn: false });
    return ok('secret', shownPath(path));
  } catch (error) {
    return fail('secret', messageOf(error), 'put that right: no process of the cluster starts before');
  }
}

function checkTls(files: TlsFiles, now: Date): Finding {
  try {
    const { validTo } = readTls(files, now);
    const days = Math.floor((validTo.getTime() - now.getTime()) / DAY_MS);
    const says = `${shownPath(files.cert)} is valid until ${validTo.toISOString()}`;
    if (days >= DAYS_MIN) return ok('tls', says);
    return warn('tls', says, 'put a new certificate there: processes that run take it within seconds');
  } catch (error) {
    return fail(
      'tls',
      messageOf(error),
      'put that right (docs/security.md says how certificates are made): no process starts with these files',
    );
  }
}

function checkExposure(address: string, isInsecure: boolean): readonly Finding[] {
  const exposure = exposureOf(address);
  if (exposure === null) return [];
  if (!isInsecure)
    return [
      fail(
        'network',
        exposure,
        'give --tls-cert, --tls-key and --tls-ca (docs/security.md says how certificates are made): no process starts before',
      ),
    ];
  const says = `whoever is on the way to ${address} may read and change what processes say (--insecure-network)`;
  return [warn('network', says, 'give --tls-cert, --tls-key and --tls-ca')];
}
