// A job whose own code throws at one record is given up, and two clients cancel it around that moment: before, while it is FAILING, and behind its end. Sinks are
// slow, so that it takes long to give a job up. Another job beside it must not notice.
import { defineScenario } from 'millrace/scenario';
import { scenario as ownFailure } from './own-failure.ts';

const [words, milling] = ownFailure.jobs ?? [];
if (words === undefined || milling === undefined) throw new Error('own-failure has lost a job');

export const scenario = defineScenario({
  ...ownFailure,
  name: 'cancel-failing',
  about: 'Cancels a job that fails for good, before, while and after it is given up, while another one counts words.',
  jobs: [
    words,
    {
      job: milling.job,
      ends: 'FAILED',
      cancelAtMs: [
        { from: 700, to: 2_400 },
        { from: 900, to: 2_400 },
      ],
      statusAtMs: { from: 500, to: 5_000 },
    },
  ],
  sim: { ...ownFailure.sim, storageLatencyUs: 100_000 },
  draw: { ...ownFailure.draw, jobFailuresMax: [1, 2] },
});
