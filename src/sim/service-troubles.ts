// Services that are in trouble for a time: some of the requests to them fail, or come late. As a disk that is full, or a service that is overloaded.
import { must } from '../core/base/assert.ts';
import { mustIndexOf } from './engine.ts';
import type { Engine } from './engine.ts';
import { observe, rollWords } from './observe.ts';
import type { Call, ServiceTrouble } from './records.ts';
import type { Trouble } from './world-types.ts';

/** From now on, for a time. */
export function troubleService(engine: Engine, trouble: Trouble): boolean {
  const { service, node, kinds, forUs, failure, extraUs } = trouble;
  const index = must(engine.settings.serviceIndexes.get(service), `a service named ${service}`);
  const whose = node === null ? -1 : mustIndexOf(engine, node);
  const until = engine.now + forUs;
  const lasting = engine.troubles.filter((other) => other.until > engine.now);
  engine.troubles = [...lasting, { service: index, node: whose, kinds, until, failure, extraUs }];
  rollWords(engine, 'trouble', whose, index);
  if (engine.settings.observed) {
    const nodes = node === null ? engine.nodes.map(({ fixed }) => fixed.address) : [node];
    observe(engine, {
      kind: 'service-troubled',
      nodes,
      service,
      how: failure === null ? 'slow' : 'fails',
      until: until + extraUs,
    });
  }
  return true;
}

/** What befalls a request that leaves now: a failure before any delay, and of delays the longest; null: nothing. */
export function troubleOf({ troubles, now }: Engine, call: Call): ServiceTrouble | null {
  let found: ServiceTrouble | null = null;
  for (const trouble of troubles) {
    if (trouble.until <= now || !befalls(trouble, call)) continue;
    if (trouble.failure !== null) return trouble;
    if (found === null || trouble.extraUs > found.extraUs) found = trouble;
  }
  return found;
}

function befalls({ service, node, kinds }: ServiceTrouble, call: Call): boolean {
  if (service !== call.service || (node >= 0 && node !== call.node)) return false;
  return kinds === null || kinds.includes(call.request.kind);
}
