// Who has a port is told on Linux, and nowhere else; whatever listens says it of a port that is in use.
import { createServer, type Server } from 'node:net';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { serveMetrics } from '../../src/net-real/metrics/server.ts';
import { describeOwner } from '../../src/net-real/port-owner.ts';
import { createTcpNetwork } from '../../src/net-real/tcp-network.ts';
import { plainCodec } from './plain-codec.ts';
import { toySecret } from './toy-secret.ts';

const owner = process.platform === 'linux' ? ` by process ${process.pid} (` : '';
let server: Server;
let port = 0;

beforeEach(async () => {
  server = createServer();
  port = await new Promise<number>((resolve) => {
    server.listen(0, '127.0.0.1', () => resolve((server.address() as { readonly port: number }).port));
  });
});

afterEach(() => new Promise((resolve) => void server.close(resolve)));

test('a network and metrics are refused a port in use with a sentence that names its process', async () => {
  const where = `127.0.0.1:${port}`;
  const network = createTcpNetwork({
    secret: toySecret,
    cluster: 'c',
    listen: where,
    incarnation: 1,
    codec: plainCodec,
    log: () => {},
  });
  await expect(network).rejects.toThrow(`cannot listen on ${where}: the port is in use${owner}`);
  const metrics = serveMetrics(where, { contentType: 'text/plain', text: async () => '' });
  await expect(metrics).rejects.toThrow(`cannot tell metrics on ${where}: the port is in use${owner}`);
});

test('what else is wrong is said as the system says it', async () => {
  const metrics = serveMetrics('192.0.2.1:1', { contentType: 'text/plain', text: async () => '' });
  await expect(metrics).rejects.toThrow('cannot tell metrics on 192.0.2.1:1: listen EADDRNOTAVAIL');
});

test('nobody has a port at which nobody listens', async () => {
  await new Promise((resolve) => void server.close(resolve));
  expect(describeOwner(port)).toBeNull();
  server = createServer().listen(0);
});
