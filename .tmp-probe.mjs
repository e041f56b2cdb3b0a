const [scenario, faults, from = '1', to = '6'] = process.argv.slice(2);
const { prepare } = await import('./src/cli/sim/plan.ts');
const { runSeed } = await import('./src/cli/sim/run-seed.ts');
const setup = await prepare({ scenario, set: [], faults: faults === '' ? [] : faults.split(',') });
for (let s = +from; s <= +to; s++) {
  const { result: r } = runSeed(setup, s);
  console.log(
    s,
    r.verdict,
    JSON.stringify(r.faults),
    JSON.stringify(r.faultPhases ?? {}),
    'cp',
    r.checkpoints.completed,
    r.checkpoints.aborted,
    'restarts',
    r.restarts,
    'leaders',
    r.leaderChanges,
    r.simulatedMs,
    r.faultLog
      .filter((f) => f.hit)
      .map((f) => f.text)
      .join(' | ')
      .slice(0, 160),
  );
}
process.exit(0);
