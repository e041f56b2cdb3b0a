// Who may do what. On loopback whoever is on this host may read, and who has the token may change; elsewhere all needs the token. A page of another origin
// may do neither: a browser sends its Origin, and a name that was rebound to this address arrives as Host.
import { createHash, timingSafeEqual } from 'node:crypto';
import { isIP } from 'node:net';
import { RestError } from './rest-error.ts';

export interface Guard {
  /** Null: whoever may ask may change (`--rest-open`). */
  readonly token: string | null;
  readonly isLoopback: boolean;
}

export interface Asker {
  readonly method: string;
  readonly host: string | null;
  readonly origin: string | null;
  readonly authorization: string | null;
}

/** Why the request is refused, or null. */
export function refusalBy(guard: Guard, asker: Asker): RestError | null {
  const { host, origin, method } = asker;
  if (guard.isLoopback && !isLoopbackHost(host ?? ''))
    return new RestError(
      403,
      `Host ${JSON.stringify(host)} is none of this address: use localhost or the address itself.`,
    );
  if (origin !== null && originHost(origin) !== host)
    return new RestError(403, `A page of ${origin} must not ask this address.`);
  const isReading = method === 'GET' || method === 'HEAD';
  if (guard.token === null || (isReading && guard.isLoopback)) return null;
  if (asker.authorization === null)
    return new RestError(
      401,
      'This needs the token of the cluster, in the header "Authorization: Bearer TOKEN": it lies in the file rest-token of its folder.',
    );
  return isToken(guard.token, asker.authorization)
    ? null
    : new RestError(401, 'This is not the token of the cluster: it lies in the file rest-token of its folder.');
}

function isToken(token: string, authorization: string): boolean {
  const [, given = ''] = /^Bearer +(\S+)$/i.exec(authorization) ?? [];
  return timingSafeEqual(digest(token), digest(given));
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}

function originHost(origin: string): string | null {
  try {
    return new URL(origin).host;
  } catch {
    return null;
  }
}

/** Whatever port it names: that of a tunnel is another one. */
function isLoopbackHost(host: string): boolean {
  const [, six, name = ''] = /^(?:\[([^\]]+)\]|([^:]+))(?::\d+)?$/.exec(host) ?? [];
  return isLoopback(six ?? name);
}

export function isLoopback(host: string): boolean {
  if (host === 'localhost' || host === '::1') return true;
  return isIP(host) === 4 && host.startsWith('127.');
}
