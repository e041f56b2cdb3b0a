// The time is a default parameter, that nobody ever gives.
import { defineJob } from 'millrace';

type Session = { readonly startedAt: number };

function ageOf({ startedAt }: Session, now: number = Date.now()): number { // !clock
  return now - startedAt;
}

export const job = defineJob('sessions', (env) =>
  env
    .fromSource<Session>('sessions', { topic: 'sessions', splits: 1 })
    .filter('old', (session) => ageOf(session) > 60_000)
    .sinkTo('old', { sink: 'old' }),
);
