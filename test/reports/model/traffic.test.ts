// Which arrival belongs to which send, and which one was lost.
import { expect, test } from 'vitest';
import { buildModel } from '../../../reports/model/build-model.ts';
import type { TraceLine } from '../../../src/run/trace.ts';
import {
  answered,
  asked,
  ending,
  job,
  lost,
  machines,
  message,
  started,
  step,
  stopped,
  taken,
  told,
  traceOf,
  wake,
} from '../traces.ts';

const alive = [started('a'), started('b')];
const ping = message('a', 'b', 'ping');

const modelOf = (lines: readonly TraceLine[], guest = machines) => buildModel(traceOf(lines, ending, guest));
const fatesOf = (lines: readonly TraceLine[], guest = machines) =>
  modelOf([...alive, ...lines], guest).messages.map(({ text, sentAt, endedAt, fate, why }) =>
    [text, sentAt, endedAt, fate, why].join(' ').trimEnd(),
  );

test('a message goes from the end of the step that sent it to the step that takes it', () => {
  const pong = message('b', 'a', 'pong');
  const model = modelOf([...alive, step('a', 0, wake, ping), step('b', 50, taken(ping), pong)]);
  expect(model.messages[0]).toMatchObject({ sentAt: 10, endedAt: 50, fate: 'arrived', sender: 0, receiver: 1 });
  expect(model.messages[1]).toMatchObject({ fate: 'unseen', sender: 1, receiver: -1 });
  expect(model.steps[1]).toMatchObject({ message: 0, call: -1 });
});

test('of equal messages the oldest arrives first', () => {
  const lines = [step('a', 0, wake, ping), step('a', 20, wake, { ...ping })];
  expect(fatesOf([...lines, step('b', 50, taken({ ...ping }))])).toEqual(['ping 10 50 arrived', 'ping 30 1000 unseen']);
});

test('messages of one kind are told apart by their bodies', () => {
  const [one, two] = [message('a', 'b', 'ping', { n: 1 }), message('a', 'b', 'ping', { n: 2 })];
  expect(fatesOf([step('a', 0, wake, one, two), step('b', 50, taken(two))])).toEqual([
    'ping {"n":1} 10 1000 unseen',
    'ping {"n":2} 10 50 arrived',
  ]);
});

test('what is lost as it leaves is the newest, what is lost on its way the oldest', () => {
  const sends = [step('a', 0, wake, ping), step('a', 20, wake, ping)];
  expect(fatesOf([...sends, lost(20, ping, 'struck')])).toEqual([
    'ping 10 1000 unseen',
    'ping 30 30 lost a fault took it',
  ]);
  expect(fatesOf([...sends, lost(40, ping, 'receiver-died')])).toEqual([
    'ping 10 40 lost receiver died',
    'ping 30 1000 unseen',
  ]);
});

test('a frame of which a fault took a part arrives altered', () => {
  const channel = {
    jobId: 'job-1',
    epoch: 1,
    edge: 0,
    producer: 1,
    producerAttempt: 1,
    consumer: 2,
    consumerAttempt: 1,
  };
  const batch = { kind: 'batch', batch: { values: [1, 2, 3], timestamps: [0, 0, 0] } } as const;
  const barrier = { kind: 'barrier', checkpointId: 9, timestamp: 0 } as const;
  const sent = told('a', 'b', 'channel-elements', { channel, sequence: 4, elements: [batch, barrier] });
  const came = told('a', 'b', 'channel-elements', { channel, sequence: 4, elements: [batch] });
  const text = 'channel-elements edge 0 1#1>2#1 from 4: batch of 3';
  expect(fatesOf([step('a', 0, wake, sent), step('b', 30, taken(came))], job)).toEqual([
    `${text}, barrier 9 10 30 altered ${text}`,
  ]);
});

test('what was sent to the dead is lost, though no process of a real run can say so', () => {
  const sent = step('a', 50, wake, ping);
  expect(fatesOf([sent, stopped('b', 80)])).toEqual(['ping 60 80 lost the receiver died']);
  expect(fatesOf([stopped('b', 40), sent])).toEqual(['ping 60 60 lost nobody was there']);
});

test('a trace that begins later shows arrivals all the same', () => {
  expect(fatesOf([step('b', 30, taken(ping))])).toEqual(['ping 30 30 arrived the trace does not show who sent it']);
});

test('a request is asked, takes effect and is answered; one that fails says so', () => {
  const read = { kind: 'ha-read', prefix: 'leader' };
  const model = modelOf([
    step('a', 0, wake, asked(1, read), asked(2, { kind: 'storage-get', name: 'x' })),
    {
      kind: 'applied',
      at: 30,
      event: 30,
      node: 'a',
      incarnation: 1,
      id: 1,
      request: read,
      answer: { kind: 'ha-entries' },
    },
    step('a', 60, answered(1, { kind: 'ha-entries' })),
    step('a', 70, answered(2, { kind: 'failed' })),
  ]);
  expect(model.calls).toMatchObject([
    { service: 1, sentAt: 10, appliedAt: 30, answeredAt: 60, answer: 'ha-entries', failed: false },
    { service: 2, sentAt: 10, appliedAt: -1, answeredAt: 70, failed: true, sender: 0, receiver: 2 },
  ]);
  expect(model.lanes.map(({ name }) => name)).toEqual(['a', 'ha', 'storage']);
});

test('roles, services and categories of any guest are those of the header', () => {
  const guest = {
    ...machines,
    roles: { b: 'judge', a: 'voter' },
    services: { write: 'disk', read: 'disk', ask: 'oracle' },
    messages: { ping: 'heartbeat' },
    requests: { ask: 'heartbeat' },
  } as const;
  const other = { kind: 'toString' };
  const effects = [
    asked(1, { kind: 'ask' }),
    asked(2, { kind: 'write' }),
    asked(3, other),
    ping,
    message('a', 'b', 'vote'),
  ];
  const { lanes, calls, messages } = modelOf(
    [step('a', 0, wake, ...effects), step('b', 5, wake), step('c', 9, wake)],
    guest,
  );
  expect(lanes).toEqual([
    { name: 'b', role: 'judge' },
    { name: 'a', role: 'voter' },
    { name: 'c', role: 'process' },
    { name: 'disk', role: 'service' },
    { name: 'oracle', role: 'service' },
    { name: 'service', role: 'service' },
  ]);
  expect(calls.map(({ service, category }) => [service, category])).toEqual([
    [4, 'heartbeat'],
    [3, 'request'],
    [5, 'request'],
  ]);
  expect(messages.map(({ category }) => category)).toEqual(['heartbeat', 'control']);
});
