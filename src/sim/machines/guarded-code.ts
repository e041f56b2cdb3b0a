// The rest of an author's code, called so that what it throws is told as a mistake of the scenario, and what does not come back has a name.
import { callScenario, ScenarioMistake } from '../../scenario/scenario-mistake.ts';
import type { AnyOracle, AnyService, MachinesScenario, MachineSetting, PerRun } from './scenario.ts';

/** Calls code of the author's: `what` it is, in words. */
export type Call = <T>(what: string, code: () => T) => T;

export function callerOf({ name }: Pick<MachinesScenario, 'name'>, lastCall: { what: string }): Call {
  return (what, code) => {
    lastCall.what = what;
    const returned = callScenario({ name }, what, code);
    if (returned instanceof Promise)
      throw new ScenarioMistake(
        `scenario "${name}": its ${what} returns a promise, and nobody waits in a simulated world`,
      );
    return returned;
  };
}

/** What a run has of it. */
export function forRun<T>(what: string, given: PerRun<T>, setting: MachineSetting, call: Call): T {
  if (typeof given !== 'function') return given;
  return call(what, () => (given as (setting: MachineSetting) => T)(setting));
}

export function guardedService(service: AnyService, call: Call): AnyService {
  const what = `service ${service.name}`;
  const guarded = Object.create(service) as AnyService & { apply: AnyService['apply'] };
  guarded.apply = (...given) => call(what, () => service.apply(...given));
  return guarded;
}

export function guardedOracle(oracle: AnyOracle, call: Call): AnyOracle {
  const what = `oracle ${oracle.name}`;
  const guarded = Object.create(oracle) as AnyOracle & Pick<AnyOracle, 'observe' | 'finish'>;
  guarded.observe = (...given) => call(what, () => oracle.observe(...given));
  guarded.finish = (...given) => call(what, () => oracle.finish(...given));
  return guarded;
}
