// Who plays in a run of machines: what is drawn, and the nodes, services and oracles that are made of it. The same in a world and on real processes.
import { withDefaults } from '../../core/base/options.ts';
import { ScenarioMistake } from '../../scenario/scenario-mistake.ts';
import { pickUniformly } from '../decisions.ts';
import { drawOption } from '../draw-option.ts';
import type { RunRequest } from '../guest.ts';
import type { NodeSpec } from '../world-types.ts';
import { forRun, type Call } from './guarded-code.ts';
import type { Contract } from './guarded-machine.ts';
import { nodeMistakes, serviceMistakes } from './mistakes.ts';
import { optionTableOf } from './option-table.ts';
import type { AnyOracle, AnyService, MachinesScenario, MachineSetting } from './scenario.ts';
import { isListOf } from '../../scenario/field-shape.ts';
import { isNode, isOracle, isService, NODES_MUST, ORACLES_MUST, SERVICES_MUST } from './shape.ts';

/** What a run is made of, before its world exists. */
export interface Cast {
  readonly nodes: readonly NodeSpec[];
  readonly services: readonly AnyService[];
  readonly oracles: readonly AnyOracle[];
}

type Options = Readonly<Record<string, number>>;

/** With what was drawn, and all options of the run. */
export interface DrawnCast extends Cast {
  readonly drawn: Options;
  readonly options: Options;
}

/** Throws a `ScenarioMistake` where they are not what they should be. */
export function castFor(
  scenario: MachinesScenario,
  { decisions, set }: Pick<RunRequest, 'decisions' | 'set'>,
  call: Call,
): DrawnCast {
  const drawn = drawOptions(scenario, { decisions, set });
  const options = withDefaults(optionTableOf(scenario), drawn);
  const pick = (question: string, n: number): number => pickUniformly(decisions, `workload/${question}`, n);
  return { drawn, options, ...castOf(scenario, { options, pick }, call) };
}

/** What is set is not drawn; what is drawn counts more than what the scenario says. */
function drawOptions(scenario: MachinesScenario, { decisions, set }: Pick<RunRequest, 'decisions' | 'set'>): Options {
  const table = optionTableOf(scenario);
  const drawn: Record<string, number> = {};
  for (const [name, range] of Object.entries(scenario.draw ?? {}))
    drawn[name] = set[name] ?? drawOption(decisions, name, range, table[name]?.default ?? range[0]);
  return { ...drawn, ...set };
}

function castOf(scenario: MachinesScenario, setting: MachineSetting, call: Call): Cast {
  const { nodes, services = [], oracles = [] } = scenario;
  const cast: Cast = {
    nodes: forRun('nodes', nodes, setting, call),
    services: forRun('services', services, setting, call),
    oracles: forRun('oracles', oracles, setting, call),
  };
  const mistake = castMistake(cast);
  if (mistake !== null) throw new ScenarioMistake(`scenario "${scenario.name}": ${mistake}`);
  return cast;
}

/** What a run has made of them need not be what it should be. */
function castMistake({ nodes, services, oracles }: Cast): string | null {
  if (!isListOf(nodes, isNode)) return `"nodes" must be ${NODES_MUST}`;
  if (!isListOf(services, isService)) return `"services" must be ${SERVICES_MUST}`;
  if (!isListOf(oracles, isOracle)) return `"oracles" must be ${ORACLES_MUST}`;
  return [...nodeMistakes(nodes), ...serviceMistakes(services)][0] ?? null;
}

export function contractOf(
  { messages }: MachinesScenario,
  file: string,
  { nodes, services }: Cast,
  lastCall: { what: string },
): Contract {
  return {
    file: file === '' ? '' : `${file}: `,
    messages: new Set(messages),
    addresses: new Set(nodes.map(({ address }) => address)),
    requests: new Set(services.flatMap(({ serves }) => serves as readonly string[])),
    lastCall,
  };
}
