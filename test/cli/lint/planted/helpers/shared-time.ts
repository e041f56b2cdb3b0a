// Imported by planted jobs: the clock lies two functions deep.
export function stampOf(id: number): string {
  return `${id}@${nowInSeconds()}`;
}

function nowInSeconds(): number {
  return Math.floor(Date.now() / 1_000); // !clock
}
