// Proofs and their certificates: what is current, what is out of date, and what must never be.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { isOutdated, standingOf } from '../../proofs/compare.ts';
import { proofs } from '../../proofs/list.ts';
import { prove } from '../../proofs/prove.ts';
import { runAll } from '../../proofs/run-in-process.ts';
import { certificatePath, keptCertificate, runProof } from '../../proofs/run-proof.ts';
import { complaintsOf, isGood, tableOf } from '../../proofs/told.ts';
import { certificateText, type Certificate } from '../../src/cli/sim/explore/certificate.ts';
import { packageFolder } from '../../src/layout.ts';

const racing = proofs.find(({ name }) => name === 'racing-writers')!;
const silent = { progress: () => {} };

test('each proof has a name of its own, a scenario, and a certificate that says what was to be shown', () => {
  expect(new Set(proofs.map(({ name }) => name)).size).toBe(proofs.length);
  for (const proof of proofs) {
    expect(existsSync(join(packageFolder, proof.scenario))).toBe(true);
    const kept = keptCertificate(proof)!;
    const { outcome, sentence, reachedEnd } = kept.verdict;
    const hasEnd = kept.bounds.to !== null;
    if (proof.finds === null) expect([outcome, sentence, reachedEnd]).toEqual(['complete', null, hasEnd]);
    else expect([outcome, sentence?.split(': ')[0]]).toEqual(['violated', proof.finds]);
    expect(readFileSync(certificatePath(proof), 'utf8')).toBe(certificateText(kept)); // as it was written
  }
});

test('a proof that is made twice has equal bytes', async () => {
  const [one, two] = [await runProof(racing, silent), await runProof(racing, silent)];
  expect(certificateText(one.certificate)).toBe(certificateText(two.certificate));
});

test('a certificate is current, out of date, or different although nothing has changed', async () => {
  const { certificate: made } = await runProof(racing, silent);
  const otherCounts: Certificate = { ...made, counts: { ...made.counts, unique: made.counts.unique + 1 } };
  const otherCode: Certificate = { ...made, code: '0'.repeat(64) };
  const otherBounds: Certificate = { ...otherCounts, bounds: { ...made.bounds, deviationsMax: 1 } };
  expect([null, made, otherCounts, otherCode, otherBounds].map((kept) => standingOf(made, kept))).toEqual([
    'missing',
    'current',
    'differs',
    'outdated',
    'outdated',
  ]);
  expect([null, made, otherCode].map((kept) => isOutdated(kept, made.code))).toEqual([true, false, true]);
});

test('a planted bug is to be found by its oracle, and repeated by the runner', async () => {
  const planted = proofs.find(({ finds }) => finds !== null)!;
  const proven = await runProof(planted, silent);
  expect([proven.certificate.verdict.outcome, proven.isRepeated]).toEqual(['violated', true]);
  const made = { ...proven, proof: planted, standing: 'current' } as const;
  expect(isGood(made, true)).toBe(true);
  expect(isGood({ ...made, isRepeated: false }, true)).toBe(false);
  expect(isGood({ ...made, proof: { ...planted, finds: 'none-lost' } }, true)).toBe(false);
  expect(isGood({ ...made, proof: { ...planted, finds: null } }, true)).toBe(false);
  const right = { ...made, ...(await runProof(racing, silent)) };
  expect(isGood(right, true)).toBe(false);
  expect(complaintsOf([right], true)[0]).toContain('has no objection to any run, although a bug was planted');
});

test('a proof whose process dies is told, and the others are made', async () => {
  const dead = { ...racing, name: 'no-such-proof' };
  const answers = await runAll(
    [dead, racing],
    2,
    () => {},
    (_, answer) => answer,
  );
  expect(answers).toMatchObject([{ died: 'there is no proof no-such-proof' }, { proven: { isRepeated: true } }]);
  const made = { proof: dead, died: 'its process ended without an answer (SIGKILL)' };
  expect(isGood(made, false)).toBe(false);
  expect(tableOf([made])[1]).toContain('died');
  expect(complaintsOf([made], false)).toEqual(['FAIL  no-such-proof: its process ended without an answer (SIGKILL)']);
});

test('the table names each proof, and what is not known is refused', async () => {
  const lines: string[] = [];
  const terminal = { line: (text: string) => lines.push(text), complain: () => {}, progress: () => {} };
  await prove(['--proof', 'racing-writers', '--check'], terminal);
  expect(lines[0]).toMatch(/^name +bounds +verdict +states +depth +CPU s +MB$/);
  expect(lines[1]).toMatch(/^racing-writers +any order +complete +\d+ +\d+ /);
  await expect(prove(['--proof', 'racing'], terminal)).rejects.toThrow('did you mean "racing-writers"?');
  await expect(prove(['--threads', '0'], terminal)).rejects.toThrow('expected a whole number from 1 to 64');
  await expect(prove(['--quick', '--proof', 'racing-writers'], terminal)).rejects.toThrow('contradict each other');
});
