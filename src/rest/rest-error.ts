// What a request is refused with, at both ends of it: a status and one sentence. Anything else that is thrown at the server is an error of the gateway itself, and is told as 500.
export class RestError extends Error {
  override readonly name = 'RestError';
  readonly status: number;

  constructor(status: number, sentence: string) {
    super(sentence);
    this.status = status;
  }
}

export const badRequest = (sentence: string): RestError => new RestError(400, sentence);
export const notFound = (sentence: string): RestError => new RestError(404, sentence);
export const conflict = (sentence: string): RestError => new RestError(409, sentence);
/** Nobody leads, or the leader does not answer: the same request may succeed later. */
export const unavailable = (sentence: string): RestError => new RestError(503, sentence);
