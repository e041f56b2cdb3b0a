// Without faults every scenario lasts longer than anything in it waits: what would run out by itself, and fail something, does so in a run.
import { expect, test } from 'vitest';
import { scenarioLoaders } from '../../scenarios/list.ts';
import { loadData } from '../../src/cli/scenario/data.ts';
import { findScenarioFile } from '../../src/cli/scenario/scenario-file.ts';
import { functionsOfFile } from '../../src/calls/functions-of-file.ts';
import { houseScenario } from '../../src/layout.ts';
import { setUpCluster } from '../../src/sim/cluster/cluster.ts';
import { largestTimeout } from '../../src/sim/oracles/liveness-bound.ts';
import { seededDecisions } from '../../src/sim/seeded-decisions.ts';

const SEEDS = [1, 2, 3];

test.each(Object.entries(scenarioLoaders))('%s', async (name, load) => {
  const { scenario } = await load();
  const data = loadData(scenario, findScenarioFile(name));
  for (const seed of SEEDS) {
    const { estimate, options } = setUpCluster({
      scenario,
      data,
      artifact: name,
      functions: functionsOfFile(houseScenario(name)),
      decisions: seededDecisions(seed),
      set: {},
      faults: [],
      checks: 'bare',
    });
    expect(estimate.plainMs).toBeGreaterThan(largestTimeout(options).ms);
  }
});
