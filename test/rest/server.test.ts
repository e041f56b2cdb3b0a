// REST on a port of its own; one that is in use is refused with who has it.
import { createServer } from 'node:net';
import { expect, test } from 'vitest';
import { startRest } from '../../src/rest/server.ts';
import { fakeGateway } from './fake-desk.ts';

const isLinux = process.platform === 'linux';

test('a port in use is refused with a sentence that names its process', async () => {
  const server = createServer();
  const port = await new Promise<number>((resolve) => {
    server.listen(0, '127.0.0.1', () => resolve((server.address() as { readonly port: number }).port));
  });
  const { gateway } = fakeGateway();
  const starting = startRest({ listen: { host: '127.0.0.1', port }, token: null, gateway, page: null, log: () => {} });
  const who = isLinux ? ` by process ${process.pid} (` : '';
  await expect(starting).rejects.toThrow(`REST cannot listen on 127.0.0.1:${port}: the port is in use${who}`);
  await new Promise((resolve) => void server.close(resolve));
});

test('it listens, answers, and gives its port back', async () => {
  const { gateway } = fakeGateway();
  const server = await startRest({
    listen: { host: '127.0.0.1', port: 0 },
    token: null,
    gateway,
    page: null,
    log: () => {},
  });
  expect((await fetch(`${server.url}/v1/jobs/running/status`)).status).toBe(200);
  await server.close();
  await expect(fetch(`${server.url}/jobs`)).rejects.toThrow();
});
