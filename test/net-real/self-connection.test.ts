// A peer on the same host that is gone: of some ten thousand attempts to reach it, the system gives one the very port of the peer, and connects
// it with itself. Here every attempt asks for that port, so that the first one does it.
import { once } from 'node:events';
import { createConnection, createServer, type AddressInfo } from 'node:net';
import { expect, test } from 'vitest';
import { createTcpNetwork } from '../../src/net-real/tcp-network.ts';
import { plainTransport } from '../../src/net-real/transport.ts';
import { plainCodec } from './plain-codec.ts';
import { toySecret } from './toy-secret.ts';

test('a stream that ends in itself is broken at once, and its peer can listen there again', async () => {
  const gone = createServer().listen(0, '127.0.0.1');
  await once(gone, 'listening');
  const { port } = gone.address() as AddressInfo;
  gone.close();

  const logged: string[] = [];
  const network = await createTcpNetwork({
    secret: toySecret,
    listen: '127.0.0.1:0',
    incarnation: 1,
    codec: plainCodec,
    transport: {
      ...plainTransport,
      connect: (to) => createConnection({ ...to, localAddress: to.host, localPort: to.port }),
    },
    log: (line) => logged.push(line),
  });
  const to = `127.0.0.1:${port}`;
  const lost = new Promise((resolve) => {
    network.deliverTo({ onMessage: () => {}, onConnectionLost: (...what) => resolve(what) });
  });
  network.send({ effect: 'send', streamClass: 'control', from: network.address, to, kind: 'letter', body: 1 });
  expect(await lost).toEqual([to, 'control']);
  const reason = 'nobody listens there, and the system connected it with itself';
  expect(logged).toEqual([`broke the control stream to ${to}: ${reason}`]);

  const back = createServer().listen(port, '127.0.0.1');
  await once(back, 'listening'); // the connection does not wait for its end there
  back.close();
  await network.close();
});
