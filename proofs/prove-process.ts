// A process that makes the one proof that it is told, and sends back what it came to.
import { proofs } from './list.ts';
import { runProof, type Proven } from './run-proof.ts';

/** What the process sends, once. */
export type FromProver =
  | { readonly kind: 'proven'; readonly proven: Proven }
  | { readonly kind: 'failed'; readonly error: string };

process.once('message', (name) => void answer(name as string));

async function answer(name: string): Promise<void> {
  send(await proveOne(name));
}

async function proveOne(name: string): Promise<FromProver> {
  const proof = proofs.find((one) => one.name === name);
  if (proof === undefined) return { kind: 'failed', error: `there is no proof ${name}` };
  try {
    return { kind: 'proven', proven: await runProof(proof, { progress: () => {} }) };
  } catch (error) {
    return { kind: 'failed', error: error instanceof Error ? error.message : String(error) };
  }
}

function send(message: FromProver): void {
  process.send?.(message, () => process.exit(0));
}
