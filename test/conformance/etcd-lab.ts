// Stores in a real etcd, for the conformance suite of the HA service: each below a prefix of its own, with revisions counted from its beginning, as
// etcd counts over all that it holds.
import { setTimeout as sleep } from 'node:timers/promises';
import type { HaEntry, PortRequest } from '../../src/core/protocol/ports.ts';
import { EtcdClient } from '../../src/net-real/etcd/client.ts';
import { takeClusterLine } from '../../src/net-real/etcd/cluster-key.ts';
import { haEtcd } from '../../src/net-real/etcd/ha-etcd.ts';
import { parseEtcdPlace, type EtcdPlace } from '../../src/net-real/etcd/place.ts';
import { httpTransport, NoReply, type EtcdTransport, type Reply } from '../../src/net-real/etcd/transport.ts';
import { range } from '../../src/net-real/etcd/wire.ts';
import { createLane } from '../../src/net-real/lanes.ts';
import type { Port } from '../../src/net-real/port.ts';
import type { EtcdServer } from '../net-real/etcd/etcd-server.ts';
import { createGate, type Answer, type Store } from './lab.ts';

let prefixes = 0;

export function placeIn({ address }: EtcdServer, prefix = `test/${++prefixes}`): EtcdPlace {
  const place = parseEtcdPlace(`//${address}/${prefix}`);
  if (!place.ok) throw new Error(place.reason);
  return place.value;
}

/** @param strikes the server is killed and stands still between requests, as `struck` has it */
export async function etcdStore(server: EtcdServer, strikes: boolean): Promise<Store> {
  const place = placeIn(server);
  const before = await beginIn(place);
  const ports: Port[] = [];
  const open = (transport?: EtcdTransport): Port => {
    const port = haEtcd({ place, lookMs: 200, ...(transport === undefined ? {} : { transport }) });
    ports.push(port);
    return relative(port, before);
  };
  const opened = strikes ? struck(server) : (port: Port): Port => port;
  return {
    open: () => opened(open()),
    openStopped() {
      const gate = createGate();
      return { ...gate, port: open(aroundFirstWrite((go) => gate.pass().then(go))) };
    },
    openUnknown: (_, fate) =>
      open(
        aroundFirstWrite(async (go) => {
          if (fate === 'applied') await go();
          throw new NoReply(true, 'the connection was lost');
        }),
      ),
    async close() {
      await Promise.all(ports.map((port) => port.close()));
    },
  };
}

/** The revision behind which the store begins. */
async function beginIn(place: EtcdPlace): Promise<number> {
  const client = new EtcdClient({ endpoints: place.endpoints, transport: httpTransport() });
  await takeClusterLine(client, place);
  const { revision } = await client.transact({ compare: [], success: [range(place.prefix)], failure: [] });
  client.close();
  return revision;
}

// ---- Revisions

function relative(port: Port, before: number): Port {
  return {
    ...port,
    request: async (asked) => answerFrom(await port.request(requestTo(asked, before)), before),
  };
}

function requestTo(request: PortRequest, before: number): PortRequest {
  const shift = (revision: number): number => (revision === 0 ? 0 : revision + before);
  if (request.kind === 'ha-watch') return { ...request, afterRevision: shift(request.afterRevision) };
  if (request.kind !== 'ha-write' || request.ifRevision === null) return request;
  return { ...request, ifRevision: shift(request.ifRevision) };
}

function answerFrom(answer: Answer, before: number): Answer {
  const entry = <E extends HaEntry | null>(one: E): E =>
    one === null ? one : { ...one, revision: one.revision - before };
  switch (answer.kind) {
    case 'ha-entries':
      return { ...answer, entries: answer.entries.map(entry), revision: answer.revision - before };
    case 'ha-written':
      return { ...answer, revision: answer.revision - before };
    case 'ha-changed':
      return { ...answer, entry: entry(answer.entry), revision: answer.revision - before };
    case 'ha-conflict':
      return { ...answer, entry: entry(answer.entry) };
    case 'ha-lease':
      return { ...answer, leader: entry(answer.leader) };
    default:
      return answer;
  }
}

// ---- What befalls a process

function aroundFirstWrite(around: (go: () => Promise<Reply>) => Promise<Reply>): EtcdTransport {
  const transport = httpTransport();
  let met = false;
  return {
    ...transport,
    ask(endpoint, question, silenceMs) {
      const go = (): Promise<Reply> => transport.ask(endpoint, question, silenceMs);
      if (met || !/"request_(put|delete_range)"/.test(question.body ?? '')) return go();
      met = true;
      return around(go);
    },
  };
}

// ---- What befalls the server

const KILLED_BEFORE = 2;
const FROZEN_BEFORE = 4;
const FROZEN_MS = 150;

/** Before its second request the server is killed and started again, and it stands still at the beginning of the fourth. */
function struck(server: EtcdServer): (port: Port) => Port {
  const lane = createLane();
  let requests = 0;
  const strike = async (): Promise<void> => {
    requests += 1;
    if (requests === KILLED_BEFORE) await server.kill().then(() => server.start());
    if (requests === FROZEN_BEFORE) {
      server.freeze();
      setTimeout(() => server.thaw(), FROZEN_MS);
    }
  };
  return (port) => ({
    ...port,
    request: (asked) => {
      if (asked.kind === 'ha-watch') return untilWatched(port, asked);
      return lane(async () => {
        await strike();
        return port.request(asked);
      });
    },
  });
}

/** A watch that fails is asked again, as machines do. */
async function untilWatched(port: Port, request: PortRequest): Promise<Answer> {
  for (;;) {
    const answer = await port.request(request);
    if (answer.kind !== 'failed') return answer;
    await sleep(20);
  }
}
