// The story of a run: what is told of a plain one, and that telling changes nothing.
import { describe, expect, test } from 'vitest';
import type { Scenario } from '../../../../src/scenario/scenario.ts';
import type { StoryEvent } from '../../../../src/sim/story.ts';
import { plainDecisions } from '../../../../src/sim/tape-decisions.ts';
import { foldAlike } from '../../../../src/sim/fold-story.ts';
import { seededDecisions } from '../../../../src/sim/seeded-decisions.ts';
import { runScenario } from '../../../../src/sim/cluster/run.ts';
import { scenario as jmFailover } from '../../../../scenarios/jm-failover.ts';
import { scenario as tmCrash } from '../../../../scenarios/tm-crash.ts';
import { scenario as zombieJobManager } from '../../../../scenarios/zombie-job-manager.ts';
import { scenario as twoJobs } from '../../../../scenarios/two-jobs.ts';
import { scenario as wordCount } from '../../../../scenarios/word-count.ts';
import { requestOf, runSeed } from '../lab.ts';

test('a plain run: a leader, a deployment, checkpoints, output and a result', () => {
  const texts: string[] = [];
  const inputLimits = { 'lines/0': 2, 'lines/1': 0 };
  const onStory = (event: StoryEvent) => void texts.push(event.kind === 'decision' ? 'decision' : event.text);
  runScenario(requestOf(wordCount, 0, { decisions: plainDecisions(), inputLimits, onStory }));
  expect(texts).toEqual([
    'jm-1 became leader, epoch 1',
    'job-1 was deployed, attempt 1 of epoch 1, from its beginning',
    'jm-1 triggered checkpoint 1',
    'checkpoint 1 became complete',
    'tm-1 committed 1 record to counts, as job-1/counts/0/chk-0/e1-a1',
    'tm-2 committed 3 records to counts, as job-1/counts/1/chk-0/e1-a1',
    'the result of the job became durable',
  ]);
});

const storyTold = (scenario: Scenario, seed: number): string => {
  const texts: string[] = [];
  const onStory = (event: StoryEvent) => void (event.kind === 'milestone' && texts.push(event.text));
  runScenario(requestOf(scenario, seed, { onStory }));
  return texts.join('\n');
};

test('why an attempt ended, and when a late word came', () => {
  const stories = [1, 2, 3, 4, 5, 6, 7, 8].map((seed) => storyTold(tmCrash, seed)).join('\n');
  expect(stories).toMatch(/^jm-1: job job-1 restarts: \S/m);
  expect(stories).toMatch(/^jm-1: tm-\d lost: \S/m);
  expect(stories).toMatch(/^jm-1: ignored task-state-changed from tm-\d: \S/m);
});

test('late words that say the same are one line', () => {
  const events: StoryEvent[] = [];
  for (const seed of [20, 21, 22])
    runScenario(requestOf(zombieJobManager, seed, { onStory: (event) => void events.push(event) }));
  const milestones = events.filter(({ kind }) => kind === 'milestone');
  const texts = foldAlike(milestones, []).map((event) => ('text' in event ? event.text : ''));
  expect(texts.join('\n')).toMatch(/^\d+ messages task-state-changed were ignored by jm-\d: this is not the leader$/m);
  const named = [
    { kind: 'task-state-changed', to: 'jm-1' },
    { kind: 'task-state-changed', to: 'jm-2' },
  ];
  expect(foldAlike(milestones, named).some((event) => 'text' in event && /^\d+ messages/.test(event.text))).toBe(false);
});

test('of several jobs each line names its own', () => {
  const story = storyTold({ ...twoJobs, faults: {} }, 1);
  expect(story).toMatch(/^job-1: jm-\d triggered checkpoint 1$/m);
  expect(story).toMatch(/^job-2: checkpoint 1 became complete$/m);
  expect(story).toMatch(/^job-2: the result of the job became durable$/m);
  expect(story).toMatch(/^tm-\d committed \d+ records? to tolls, as job-2/m);
});

describe.each([
  { scenario: tmCrash, seed: 5, told: /\d+\/\d+#1 on tm-\d failed: .+\n[^]*attempt \d of epoch 1, from checkpoint \d/ },
  { scenario: jmFailover, seed: 5, told: /leader, epoch 1\n[^]*leader, epoch 4\n[^]*of epoch 4, from checkpoint \d/ },
])('a run of $scenario.name', ({ scenario, seed, told: story }) => {
  const events: StoryEvent[] = [];
  const decisions = seededDecisions(seed);
  const told = runScenario(requestOf(scenario, seed, { decisions, onStory: (event) => void events.push(event) }));

  test('is the same run when it is told', () => {
    expect(told.traceHash).toBe(runSeed(scenario, seed).traceHash);
  });

  test('is told in order, with every fault and every decision that was not 0', () => {
    expect(events.map(({ atUs }) => atUs)).toEqual(events.map(({ atUs }) => atUs).sort((a, b) => a - b));
    expect(events.filter(({ kind }) => kind === 'fault').length).toBe(told.faultLog.length);
    expect(told.faultLog.length).toBeGreaterThan(0);
    expect(events.flatMap((event) => (event.kind === 'decision' ? [event.entry] : []))).toEqual(decisions.tape());
  });

  test('tells what went wrong, and how it went on', () => {
    const texts = events.flatMap((event) => (event.kind === 'milestone' ? [event.text] : [])).join('\n');
    expect(texts).toMatch(story);
  });
});
