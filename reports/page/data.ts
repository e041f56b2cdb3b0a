// The model as it lies in the page: JSON, deflated, in base64. Nothing is fetched: the page must open from a disk without a network.
import type { RunModel } from '../model/model.ts';

export async function readModel(): Promise<RunModel> {
  const element = document.getElementById('model');
  const bytes = Uint8Array.from(atob(element?.textContent ?? ''), (character) => character.charCodeAt(0));
  const inflated = new Blob([bytes]).stream().pipeThrough(new DecompressionStream('deflate'));
  return (await new Response(inflated).json()) as RunModel;
}
