// Proofs are made in processes of their own, some at a time: each has its own memory, and one that dies takes no other with it.
import { fork } from 'node:child_process';
import { join } from 'node:path';
import { compileCacheFolder, packageFolder } from '../src/layout.ts';
import type { Proof } from './list.ts';
import type { FromProver } from './prove-process.ts';
import { keptCertificate, type Proven } from './run-proof.ts';

/** What of a proof came back: what it came to, or one sentence about how its process ended. */
export type Answer = { readonly proven: Proven } | { readonly died: string };

const HEAP_MAX_MB = 3_500; // two processes and what else they hold have room in 8 GB

/** @param name of a proof of the list */
export function runInProcess(name: string): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const child = fork(join(packageFolder, 'proofs', 'prove-process.ts'), {
      env: { ...process.env, NODE_COMPILE_CACHE: compileCacheFolder },
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
      execArgv: [`--max-old-space-size=${HEAP_MAX_MB}`],
    });
    let answer: Answer | null = null;
    child.on('message', (message: FromProver) => {
      answer = message.kind === 'proven' ? { proven: message.proven } : { died: message.error };
    });
    child.on('error', reject);
    child.on('exit', (code, signal) =>
      resolve(answer ?? { died: `its process ended without an answer (${signal ?? `exit code ${code}`})` }),
    );
    child.send(name);
  });
}

/**
 * What was made of the answers, in the order of the proofs.
 *
 * @param tell of those under way, as soon as they are others. @param take makes something of an answer as soon as it is there
 */
export async function runAll<T>(
  chosen: readonly Proof[],
  threads: number,
  tell: (underWay: readonly string[]) => void,
  take: (proof: Proof, answer: Answer) => T,
): Promise<readonly T[]> {
  const taken = new Map<Proof, T>();
  const waiting = largestFirst(chosen);
  const underWay = new Set<string>();
  const thread = async (): Promise<void> => {
    for (let proof = waiting.shift(); proof !== undefined; proof = waiting.shift()) {
      underWay.add(proof.name);
      tell([...underWay]);
      taken.set(proof, take(proof, await runInProcess(proof.name)));
      underWay.delete(proof.name);
    }
  };
  await Promise.all(Array.from({ length: threads }, thread));
  return chosen.map((proof) => taken.get(proof) as T);
}

/** So that none is left alone at the end. */
function largestFirst(chosen: readonly Proof[]): Proof[] {
  return chosen.toSorted((one, other) => sizeOf(other) - sizeOf(one));
}

/** As its certificate says; what has none may be large. */
function sizeOf(proof: Proof): number {
  return keptCertificate(proof)?.counts.total ?? Number.MAX_SAFE_INTEGER;
}
