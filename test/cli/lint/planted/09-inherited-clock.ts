// The base class of a handler asks for the time.
import { defineJob, type ProcessContext } from 'millrace';

type Event = { readonly user: string };

class Handler {
  protected stamp(): number {
    return performance.timeOrigin; // !clock
  }
}

class Sessions extends Handler {
  onRecord({ user }: Event, context: ProcessContext<string, string>): void {
    context.collect(`${user} ${this.stamp()}`);
  }
}

export const job = defineJob('sessions', (env) =>
  env
    .fromSource<Event>('events', { topic: 'events', splits: 1 })
    .keyBy(({ user }) => user)
    .process<string>('sessions', new Sessions())
    .sinkTo('out', { sink: 'out' }),
);
