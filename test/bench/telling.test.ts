// What is counted as telling, of a profile that is written by hand; and that the bench of it runs. How much it costs, no test asks.
import { expect, test } from 'vitest';
import { measureTelling } from '../../bench/telling/measure-telling.ts';
import { tellingLines, toldOf } from '../../bench/telling/report-telling.ts';
import { trustSamples } from '../../bench/telling/trust-samples.ts';
import { toldSamples, type CpuProfile } from '../../bench/telling/told-samples.ts';

const frame = (functionName: string, url: string): { functionName: string; url: string } => ({ functionName, url });
const nodes: CpuProfile['nodes'] = [
  { id: 1, callFrame: frame('(root)', ''), children: [2, 3, 7, 9, 10] },
  { id: 2, callFrame: frame('(idle)', '') },
  { id: 3, callFrame: frame('encode', 'file:///m/src/net-real/metrics/frame-bytes.ts'), children: [4, 6] },
  { id: 4, callFrame: frame('encode', 'file:///m/src/net-real/questions/desk.ts'), children: [5] },
  { id: 5, callFrame: frame('encodeMessage', 'file:///m/src/core/protocol/codec.ts') },
  { id: 6, callFrame: frame('add', 'file:///m/src/net-real/metrics/frame-bytes.ts') },
  { id: 7, callFrame: frame('onMessage', 'file:///m/src/net-real/questions/desk.ts'), children: [8] },
  { id: 8, callFrame: frame('writeRecord', 'file:///m/src/core/base/bytes.ts') },
  { id: 9, callFrame: frame('parserOnIncoming', 'node:_http_server') },
  { id: 10, callFrame: frame('step', 'file:///m/src/net-real/metrics/task-meter.ts'), children: [11, 12] },
  { id: 11, callFrame: frame('step', 'file:///m/src/net-real/poison/watched-machine.ts') },
  { id: 12, callFrame: frame('worked', 'file:///m/src/net-real/metrics/task-meter.ts') },
];

test('a sample counts for the nearest caller that tells; the machines and their codec are none, though they are called through telling', () => {
  const samples = [2, 5, 5, 5, 3, 6, 8, 9, 9, 10, 11, 11, 12];
  const profile: CpuProfile = { nodes, samples, timeDeltas: samples.map(() => 10), startTime: 100 };
  const { all, busy, told } = toldSamples(profile, [0, 1_000]);
  expect({ all, busy, told }).toEqual({
    all: 13,
    busy: 12,
    told: { metrics: 5, 'prom-client': 0, notes: 0, REST: 0, HTTP: 2 },
  });
});

test('samples outside of the measured time do not count', () => {
  const profile: CpuProfile = { nodes, samples: [6, 6, 5, 6], timeDeltas: [10, 10, 10, 10], startTime: 100 };
  const samples = toldSamples(profile, [115, 130]);
  expect([samples.all, toldOf(samples)]).toEqual([2, 1]);
});

test('a hello counts with all that it calls, and of frames what their functions do themselves', () => {
  const trusting: CpuProfile['nodes'] = [
    { id: 1, callFrame: frame('(root)', ''), children: [2, 3, 4] },
    { id: 2, callFrame: frame('(idle)', '') },
    { id: 3, callFrame: frame('#onChunk', 'file:///m/src/net-real/incoming-streams.ts'), children: [5, 7] },
    { id: 4, callFrame: frame('next', 'file:///m/src/net-real/frames.ts') },
    { id: 5, callFrame: frame('begin', 'file:///m/src/net-real/greeting.ts'), children: [6] },
    { id: 6, callFrame: frame('digest', 'node:internal/crypto/hash') },
    { id: 7, callFrame: frame('onMessage', 'file:///m/src/net-real/host.ts') },
  ];
  const samples = [2, 3, 4, 4, 5, 6, 7, 7];
  const profile: CpuProfile = { nodes: trusting, samples, timeDeltas: samples.map(() => 10), startTime: 100 };
  expect(trustSamples(profile, [0, 1_000])).toEqual({ busy: 7, hello: 2, frames: 3 });
  expect(trustSamples(profile, [145, 1_000])).toEqual({ busy: 4, hello: 2, frames: 0 });
});

test('the bench runs a job at its full throughput, and tells each process and all together', async () => {
  const measured = await measureTelling({ warmUpMs: 500, measuredMs: 1_500 }, () => {});
  expect(measured.recordsPerSecond).toBeGreaterThan(0);
  for (const { samples } of measured.processes) {
    expect(toldOf(samples)).toBeGreaterThan(0);
    expect(samples.busy).toBeGreaterThan(toldOf(samples));
  }
  const text = tellingLines(measured).join('\n');
  for (const name of ['jm-1', 'tm-1', 'tm-2', 'together'])
    expect(text).toMatch(new RegExp(String.raw`^${name} .*\d %`, 'm'));
});
