// Code of a job that asks chance. Which record it does so for, and what chance answers, is in the record: so the same step gives the same result again,
// and a record that is read once more, without the fault, gives the result that it always gives.
import type { Value } from '../../core/base/value.ts';
import type { JobProgram, OperatorFunctions } from '../../core/graph/functions.ts';
import type { VaryingCode } from '../../scenario/scenario.ts';

interface Planted {
  readonly $chance: number;
  readonly value: Value;
}

/** A record for which the code asks chance. */
export function plantChance(value: Value, chance: number): Value {
  return { $chance: chance, value };
}

function plantedIn(value: Value): Planted | null {
  const isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
  return isObject && '$chance' in value ? (value as unknown as Planted) : null;
}

/** The program, with functions that know planted records: the varying one gives another result for them. */
export function varyingProgram({ functions }: JobProgram, { operator, change }: VaryingCode): JobProgram {
  return {
    functions: new Map([...functions].map(([id, own]) => [id, id === operator ? varying(own, change) : plainly(own)])),
  };
}

/** As a source calls it. */
function plainly(own: OperatorFunctions): OperatorFunctions {
  const { timestamp } = own;
  return timestamp === undefined ? own : { ...own, timestamp: (value) => timestamp(plantedIn(value)?.value ?? value) };
}

function varying(own: OperatorFunctions, change: VaryingCode['change']): OperatorFunctions {
  const { map, flatMap } = own;
  return {
    ...own,
    ...(map && {
      map: (value, context) => {
        const planted = plantedIn(value);
        return planted === null ? map(value, context) : change(map(planted.value, context), planted.$chance);
      },
    }),
    ...(flatMap && {
      flatMap: (value, context) => {
        const planted = plantedIn(value);
        if (planted === null) return flatMap(value, context);
        return [...flatMap(planted.value, context)].map((one) => change(one, planted.$chance));
      },
    }),
  };
}
