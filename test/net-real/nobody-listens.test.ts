// Whether nobody listens at an address: known of this machine alone, and of addresses, not of names.
import { once } from 'node:events';
import { createConnection, createServer, type AddressInfo } from 'node:net';
import { networkInterfaces } from 'node:os';
import { afterEach, expect, test } from 'vitest';
import { formatEndpoint } from '../../src/net-real/endpoint.ts';
import { nobodyListensAt } from '../../src/net-real/nobody-listens.ts';

const ends: (() => void)[] = [];
afterEach(() => {
  for (const end of ends.splice(0)) end();
});

async function listener(host: string): Promise<{ readonly address: string; readonly close: () => Promise<unknown> }> {
  const server = createServer().listen(0, host);
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  ends.push(() => server.close());
  return { address: formatEndpoint({ host, port }), close: () => once(server.close(), 'close') };
}

const outside = Object.values(networkInterfaces())
  .flatMap((addresses) => addresses ?? [])
  .find(({ internal, family }) => !internal && family === 'IPv4');

test.each(['127.0.0.1', '127.8.9.1', ...(outside === undefined ? [] : [outside.address])])(
  'at %s: as long as nobody does',
  async (host) => {
    const { address, close } = await listener(host);
    expect(await nobodyListensAt(address)).toBe(false);
    await close();
    expect(await nobodyListensAt(address)).toBe(true);
  },
);

test('nobody does where the system connects with itself, and a process can listen there again', async () => {
  const { address, close } = await listener('127.0.0.1');
  await close();
  const attempts: string[] = [];
  const isLeft = await nobodyListensAt(address, (to) => {
    const socket = createConnection({ ...to, localAddress: to.host, localPort: to.port });
    return socket.once('connect', () => attempts.push(`${socket.localPort}-${socket.remotePort}`));
  });
  const port = Number(address.split(':')[1]);
  expect([isLeft, attempts]).toEqual([true, [`${port}-${port}`, `${port}-${port}`]]);
  const again = createServer().listen(port, '127.0.0.1');
  ends.push(() => again.close());
  await once(again, 'listening');
});

test.each(['localhost:1', 'jm.example:6123', '198.51.100.7:1', 'no address', '127.0.0.1:99999'])(
  'of %s it is not known',
  async (address) => {
    expect(await nobodyListensAt(address)).toBe(false);
  },
);
