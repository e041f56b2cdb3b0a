// The TaskManager as the authority on its slots, and what it deploys into them.
import { describe, expect, test } from 'vitest';
import { attemptId, JOB, Lab } from './fixture.ts';
import { copy, rows } from './jobs.ts';

function request(lab: Lab, slotIndex: number, allocationId: string, jobId = JOB): boolean {
  lab.lead('request-slot', { slotIndex, allocationId, jobId });
  const answers = lab.take('slot-answer');
  expect(answers.map((answer) => [answer.slotIndex, answer.allocationId])).toEqual([[slotIndex, allocationId]]);
  return answers[0]!.granted;
}

function slotStates(lab: Lab): string {
  return lab.state.slots
    .map(({ state, allocationId }) => (allocationId === null ? state : `${state}(${allocationId})`))
    .join(' ');
}

function registeredLab(settings: ConstructorParameters<typeof Lab>[0] = {}): Lab {
  const lab = new Lab(settings);
  lab.register();
  return lab;
}

describe('a slot request', () => {
  test('allocates a free slot, once for each time that it is asked', () => {
    const lab = registeredLab();
    expect(request(lab, 0, 'a')).toBe(true);
    expect(request(lab, 0, 'a')).toBe(true);
    expect(slotStates(lab)).toBe('ALLOCATED(a) FREE');
  });

  test('is refused where the slot is occupied, the allocation elsewhere, or the slot not there', () => {
    const lab = registeredLab();
    request(lab, 0, 'a');
    expect(request(lab, 0, 'b')).toBe(false);
    expect(request(lab, 1, 'a')).toBe(false);
    expect(request(lab, 2, 'c')).toBe(false);
    expect(request(lab, -1, 'c')).toBe(false);
    expect(slotStates(lab)).toBe('ALLOCATED(a) FREE');
  });
});

describe('an offer', () => {
  function offers(lab: Lab): readonly string[] {
    return lab
      .take('offer-slots')
      .map(({ offer, slots }) => `${offer}: ${slots.map((slot) => slot.allocationId).join(' ')}`);
  }

  test('is repeated until it is answered; a rejected slot is free, an accepted one ACTIVE', () => {
    const lab = registeredLab();
    request(lab, 0, 'a');
    request(lab, 1, 'b');
    expect(offers(lab)).toEqual(['1: a', '2: a b']);
    lab.pass(lab.options.registrationRetryMs);
    expect(offers(lab)).toEqual(['2: a b']);
    lab.lead('slots-accepted', { jobId: JOB, offer: 2, accepted: ['a'] });
    expect(slotStates(lab)).toBe('ACTIVE(a) FREE');
    expect(lab.take('slot-freed').map((freed) => freed.allocationId)).toEqual(['b']);
    lab.pass(lab.options.slotTimeoutMs * 2);
    expect(offers(lab)).toEqual([]);
    expect(slotStates(lab)).toBe('ACTIVE(a) FREE');
  });

  test('an outdated answer does not touch a slot that was offered again', () => {
    const lab = registeredLab();
    request(lab, 0, 'a');
    request(lab, 1, 'b');
    lab.lead('slots-accepted', { jobId: JOB, offer: 1, accepted: [] });
    expect(slotStates(lab)).toBe('ALLOCATED(a) ALLOCATED(b)');
    expect(lab.traces.at(-1)).toMatch(/ignored slots-accepted from jm-1: it answers offer 1, the newest is 2/);
    lab.lead('slots-accepted', { jobId: JOB, offer: 2, accepted: ['a', 'b'] });
    lab.lead('slots-accepted', { jobId: JOB, offer: 2, accepted: [] });
    expect(slotStates(lab)).toBe('ACTIVE(a) ACTIVE(b)');
  });

  test('a slot that nobody accepts is freed after its time', () => {
    const lab = registeredLab();
    request(lab, 0, 'a');
    lab.pass(lab.options.slotTimeoutMs - 1);
    expect(slotStates(lab)).toBe('ALLOCATED(a) FREE');
    lab.pass(1);
    expect(slotStates(lab)).toBe('FREE FREE');
    expect(lab.take('slot-freed').length).toBe(1);
    lab.take('offer-slots');
    lab.pass(5_000);
    expect(offers(lab)).toEqual([]);
  });

  test('goes to each job by itself: a request of one repeats no offer to another before its time', () => {
    const lab = registeredLab();
    const offered = (): string[] => lab.take('offer-slots').map(({ jobId, offer }) => `${jobId}${offer}`);
    request(lab, 0, 'a', 'x');
    request(lab, 1, 'b', 'y');
    expect(offered()).toEqual(['x1', 'y2']);
    lab.pass(lab.options.registrationRetryMs);
    expect(offered()).toEqual(['x1', 'y2']);
  });
});

describe('an active slot', () => {
  test('is freed when the leader frees it, and answered again when it asks again', () => {
    const lab = registeredLab();
    lab.activate(0);
    lab.lead('free-slot', { slotIndex: 0, allocationId: 'other' });
    expect(slotStates(lab)).toBe('ACTIVE(alloc-0) FREE');
    lab.lead('free-slot', { slotIndex: 0, allocationId: 'alloc-0' });
    lab.lead('free-slot', { slotIndex: 0, allocationId: 'alloc-0' });
    expect(slotStates(lab)).toBe('FREE FREE');
    expect(lab.take('slot-freed').map((freed) => freed.allocationId)).toEqual(['other', 'alloc-0', 'alloc-0']);
  });

  test('is RELEASING until its tasks are over', () => {
    const lab = registeredLab({ job: copy(), topics: { rows: [rows('a@1')] } });
    lab.deployAll();
    lab.reports();
    lab.take('slot-answer');
    lab.lead('free-slot', { slotIndex: 0, allocationId: 'alloc-0' });
    expect(slotStates(lab)).toBe('RELEASING(alloc-0) FREE');
    expect(request(lab, 0, 'b')).toBe(false);
    expect(lab.take('slot-freed')).toEqual([]);
    lab.run();
    expect(lab.reports()).toEqual(['0/0#1 CANCELED', '1/0#1 CANCELED']);
    expect(lab.take('slot-freed').length).toBe(1);
    expect(slotStates(lab)).toBe('FREE FREE');
  });

  test('that the leader does not list is freed, but not at the first heartbeat', () => {
    const lab = registeredLab();
    lab.activate(0);
    const silent = { allocations: [], finalCheckpoints: [] };
    lab.lead('heartbeat', silent);
    expect(slotStates(lab)).toBe('ACTIVE(alloc-0) FREE');
    lab.heartbeat();
    lab.lead('heartbeat', silent);
    expect(slotStates(lab)).toBe('ACTIVE(alloc-0) FREE');
    lab.lead('heartbeat', silent);
    expect(slotStates(lab)).toBe('FREE FREE');
  });

  test("an allocated slot is not in the leader's list yet, and stays", () => {
    const lab = registeredLab();
    request(lab, 0, 'a');
    for (let beats = 0; beats < 5; beats++) lab.lead('heartbeat', { allocations: [], finalCheckpoints: [] });
    expect(slotStates(lab)).toBe('ALLOCATED(a) FREE');
  });

  test('is what a heartbeat answer says', () => {
    const lab = registeredLab();
    lab.activate(1);
    lab.heartbeat();
    expect(lab.take('heartbeat-answer').at(-1)).toEqual({
      epoch: 1,
      incarnation: lab.incarnation,
      slots: [
        { slotIndex: 0, state: 'FREE', jobId: null, allocationId: null },
        { slotIndex: 1, state: 'ACTIVE', jobId: JOB, allocationId: 'alloc-1' },
      ],
      tasks: [],
    });
  });
});

describe('deployment', () => {
  function lab(): Lab {
    return registeredLab({ job: copy(), topics: { rows: [rows('a@1')] } });
  }

  test.each<[string, (lab: Lab) => void, string]>([
    ['a slot that is free', () => {}, 'slot 0 is not held by allocation alloc-0'],
    ['a slot of another allocation', (lab) => request(lab, 0, 'b'), 'slot 0 is not held by allocation alloc-0'],
    ['a slot of another job', (lab) => request(lab, 0, 'alloc-0', 'x'), 'slot 0 is allocated to job x'],
  ])('into %s fails the task', (_, prepare, reason) => {
    const tm = lab();
    prepare(tm);
    tm.deploy(tm.descriptors()[0]!);
    expect(tm.reports()).toEqual([`0/0#1 FAILED: ${reason}`]);
    expect(tm.state.tasks).toEqual([]);
  });

  test('into a slot that does not exist fails the task', () => {
    const tm = lab();
    tm.deploy(tm.descriptors()[0]!, 9);
    expect(tm.reports()).toEqual(['0/0#1 FAILED: there is no slot 9']);
  });

  test('into an ALLOCATED slot makes it ACTIVE: the answer to the offer was lost', () => {
    const tm = lab();
    request(tm, 0, 'alloc-0');
    tm.deploy(tm.descriptors()[0]!);
    expect(slotStates(tm)).toBe('ACTIVE(alloc-0) FREE');
    tm.pass(tm.options.slotTimeoutMs * 2);
    expect(slotStates(tm)).toBe('ACTIVE(alloc-0) FREE');
  });

  test('that is repeated is answered with the state of the task, of one that is over too', () => {
    const tm = lab();
    tm.deployAll();
    tm.reports();
    tm.deploy(tm.descriptors()[0]!);
    expect(tm.reports()).toEqual(['0/0#1 RUNNING']);
    tm.lead('cancel-task', { attempt: attemptId(0), finish: false });
    tm.run();
    tm.reports();
    tm.deploy(tm.descriptors()[0]!);
    expect(tm.reports()).toEqual(['0/0#1 CANCELED']);
    expect(tm.state.tasks.length).toBe(1);
  });

  test('of an older attempt is ignored, of a newer one fails the older', () => {
    const tm = lab();
    tm.deployAll(2);
    tm.reports();
    tm.deploy(tm.descriptors(1)[0]!);
    expect(tm.reports()).toEqual([]);
    expect(tm.traces.at(-1)).toMatch(/ignored deploy-task .*stale attempt, 0\/0#2 was here already/);
    tm.deploy(tm.descriptors(3)[0]!);
    expect(tm.reports()).toEqual(['0/0#2 FAILED: 0/0#3 was deployed', '0/0#3 INITIALIZING']);
  });

  test('a newer attempt lets go of what is remembered of older ones', () => {
    const tm = lab();
    tm.deployAll(1);
    for (const vertex of [0, 1]) tm.lead('cancel-task', { attempt: attemptId(vertex), finish: false });
    tm.run();
    tm.heartbeat();
    expect(
      tm
        .take('heartbeat-answer')
        .at(-1)!
        .tasks.map((task) => task.state),
    ).toEqual(['CANCELED', 'CANCELED']);
    tm.deployAll(2);
    expect(tm.state.records).toEqual([]);
  });

  test('a cancelled attempt that never came is over: its late deployment runs nothing', () => {
    const tm = lab();
    tm.activate(0);
    tm.lead('cancel-task', { attempt: attemptId(0), finish: false });
    expect(tm.reports()).toEqual(['0/0#1 CANCELED']);
    tm.deploy(tm.descriptors()[0]!);
    expect(tm.reports()).toEqual(['0/0#1 CANCELED']);
    expect(tm.state.tasks).toEqual([]);
  });

  test('the turn goes on when the task whose turn it is ends', () => {
    const tm = lab();
    tm.deployAll();
    for (let turn = 0; turn < 2; turn++) {
      tm.lead('cancel-task', { attempt: attemptId(1 - turn), finish: false });
      tm.run();
    }
    expect(tm.state.tasks).toEqual([]);
  });
});
