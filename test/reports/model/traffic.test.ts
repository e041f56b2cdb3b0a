// Which arrival belongs to which send, and which one was lost.
import { expect, test } from 'vitest';
import { buildModel } from '../../../reports/model/build-model.ts';
import type { TraceLine } from '../../../reports/trace/lines.ts';
import { lost, started, step, stopped, traceOf } from '../traces.ts';

const alive = [started('a'), started('b')];

const fatesOf = (...lines: TraceLine[]) =>
  buildModel(traceOf([...alive, ...lines])).messages.map(({ text, sentAt, endedAt, fate, why }) =>
    [text, sentAt, endedAt, fate, why].join(' ').trimEnd(),
  );

test('a message goes from the end of the step that sent it to the step that takes it', () => {
  const model = buildModel(
    traceOf([...alive, step('a', 0, 'wake', 'send ping 1 to b'), step('b', 50, 'ping 1 from a', 'send pong 1 to a')]),
  );
  expect(model.messages[0]).toMatchObject({ sentAt: 10, endedAt: 50, fate: 'arrived', sender: 0, receiver: 1 });
  expect(model.messages[1]).toMatchObject({ fate: 'unseen', sender: 1, receiver: -1 });
  expect(model.steps[1]).toMatchObject({ message: 0, call: -1 });
});

test('of equal messages the oldest arrives first', () => {
  const lines = [step('a', 0, 'wake', 'send ping to b'), step('a', 20, 'wake', 'send ping to b')];
  expect(fatesOf(...lines, step('b', 50, 'ping from a'))).toEqual(['ping 10 50 arrived', 'ping 30 1000 unseen']);
});

test('what is lost as it leaves is the newest, what is lost on its way the oldest', () => {
  const sends = [step('a', 0, 'wake', 'send ping to b'), step('a', 20, 'wake', 'send ping to b')];
  expect(fatesOf(...sends, lost('a', 20, 'send ping to b', 'dropped'))).toEqual([
    'ping 10 1000 unseen',
    'ping 30 30 lost dropped',
  ]);
  expect(fatesOf(...sends, lost('a', 40, 'send ping to b', 'receiver died'))).toEqual([
    'ping 10 40 lost receiver died',
    'ping 30 1000 unseen',
  ]);
});

test('a frame of which a fault took a part arrives altered', () => {
  const sent = 'channel-elements edge 0 1#1>2#1 from 4: batch of 3, barrier 9';
  const came = 'channel-elements edge 0 1#1>2#1 from 4: batch of 3';
  expect(fatesOf(step('a', 0, 'wake', `send ${sent} to b`), step('b', 30, `${came} from a`))).toEqual([
    `${sent} 10 30 altered ${came}`,
  ]);
});

test('what was sent to the dead is lost, though no process of a real run can say so', () => {
  const ping = step('a', 50, 'wake', 'send ping to b');
  expect(fatesOf(ping, stopped('b', 80))).toEqual(['ping 60 80 lost the receiver died']);
  expect(fatesOf(stopped('b', 40), ping)).toEqual(['ping 60 60 lost nobody was there']);
});

test('a trace that begins later shows arrivals all the same', () => {
  expect(fatesOf(step('b', 30, 'ping from a'))).toEqual(['ping 30 30 arrived the trace does not show who sent it']);
});

test('a request is asked, takes effect and is answered; one that fails says so', () => {
  const model = buildModel(
    traceOf([
      step('a', 0, 'wake', 'request 1: ha-read leader*', 'request 2: storage-get x'),
      { kind: 'applied', at: 30, node: 'a', incarnation: 1, id: 1, request: 'ha-read leader*', answer: 'ha-entries' },
      step('a', 60, 'request 1: ha-entries nothing at 1'),
      step('a', 70, 'request 2: failed (unknown): timed out'),
    ]),
  );
  expect(model.calls).toMatchObject([
    { service: 1, sentAt: 10, appliedAt: 30, answeredAt: 60, answer: 'ha-entries nothing at 1', failed: false },
    { service: 2, sentAt: 10, appliedAt: -1, answeredAt: 70, failed: true, sender: 0, receiver: 2 },
  ]);
  expect(model.lanes.map(({ name }) => name)).toEqual(['a', 'ha', 'storage']);
});
