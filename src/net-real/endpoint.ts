// Where something listens, as text: `127.0.0.1:6123`, `[::1]:6123`, `host:0`.
import type { Result } from '../core/base/value.ts';

export interface Endpoint {
  readonly host: string;
  readonly port: number;
}

const PORT_MAX = 65_535;

export function parseEndpoint(text: string): Result<Endpoint> {
  const match = /^(?:\[([^\]]+)\]|([^:[\]]+)):(\d+)$/.exec(text);
  const port = Number(match?.[3]);
  const host = match?.[1] ?? match?.[2];
  if (host === undefined || port > PORT_MAX)
    return { ok: false, reason: `"${text}" is not an address: expected HOST:PORT, as in 127.0.0.1:6123` };
  return { ok: true, value: { host, port } };
}

export function formatEndpoint({ host, port }: Endpoint): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}
