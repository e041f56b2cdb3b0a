// The client of a place: over TLS, and as a user, where the place says so.
import { EtcdClient } from './client.ts';
import type { EtcdPlace } from './place.ts';
import { httpTransport, type EtcdTransport } from './transport.ts';

interface ClientParts {
  /** For tests. */
  readonly transport?: EtcdTransport;
  /** As `EtcdClientOptions`. */
  readonly silenceMs?: number;
}

export function openClient(place: EtcdPlace, { transport, silenceMs }: ClientParts = {}): EtcdClient {
  const { endpoints, prefix, tls, login } = place;
  return new EtcdClient({
    endpoints,
    transport: transport ?? httpTransport(tls),
    access: login === null ? null : { login, prefix },
    ...(silenceMs === undefined ? {} : { silenceMs }),
  });
}
