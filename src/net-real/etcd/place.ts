// Where the keys of a cluster are in etcd, as a URL: `etcd://HOST:PORT,HOST:PORT/PREFIX`.
import type { Result } from '../../core/base/value.ts';
import { formatEndpoint, parseEndpoint, type Endpoint } from '../endpoint.ts';

export interface EtcdPlace {
  /** Members of one etcd cluster; at least one, each once. */
  readonly endpoints: readonly Endpoint[];
  /** Without a slash at its ends: all keys of the cluster begin with it and a slash. */
  readonly prefix: string;
}

export const ETCD_FORM = 'etcd://HOST:PORT,HOST:PORT/PREFIX';

const PLACE = /^\/\/([^/]*)(?:\/(.*))?$/;
const PREFIX = /^[A-Za-z0-9._-]+(?:\/[A-Za-z0-9._-]+)*$/;
const ENDPOINTS_MAX = 16;

/** @param rest what stands behind `etcd:` */
export function parseEtcdPlace(rest: string): Result<EtcdPlace> {
  const [, hosts, path = ''] = PLACE.exec(rest) ?? [];
  if (hosts === undefined || hosts === '') return refused(`expected ${ETCD_FORM}`);
  if (hosts.includes('@')) return refused('etcd is asked without a user: name HOST:PORT alone');
  const texts = hosts.split(',');
  if (texts.length > ENDPOINTS_MAX) return refused(`at most ${ENDPOINTS_MAX} endpoints, and these are ${texts.length}`);
  const endpoints: Endpoint[] = [];
  for (const text of texts) {
    const endpoint = parseEndpoint(text);
    if (!endpoint.ok) return endpoint;
    endpoints.push(endpoint.value);
  }
  if (new Set(texts).size < texts.length) return refused('each endpoint may stand there once');
  const prefix = path.replace(/\/$/, '');
  if (prefix === '')
    return refused(`it names no prefix for the keys of this cluster: expected ${ETCD_FORM}, as in ${hosts}/millrace`);
  if (!PREFIX.test(prefix))
    return refused(
      `"${prefix}" is no prefix: letters, digits, dots, dashes and underscores, with single slashes between`,
    );
  return { ok: true, value: { endpoints, prefix } };
}

function refused(reason: string): Result<never> {
  return { ok: false, reason };
}

export function formatEtcdPlace({ endpoints, prefix }: EtcdPlace): string {
  return `etcd://${endpoints.map(formatEndpoint).join(',')}/${prefix}`;
}
