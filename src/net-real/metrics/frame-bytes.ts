// Bytes of frames by task: counted where frames are made and read, once for a frame and never for a record.
import type { Envelope } from '../../core/base/vocabulary.ts';
import type { ChannelId } from '../../core/protocol/ids.ts';
import type { MessageCodec } from '../network.ts';
import { frameSize } from '../frames.ts';

interface Counted {
  channel: ChannelId;
  bytes: number;
}

/** More subtasks than a vertex can have. */
const SUBTASKS_MAX = 65_536;

/** One number for each channel of a job, whatever its attempts: no text is built for a frame. */
function numberOf({ edge, producer, consumer }: ChannelId): number {
  return (edge * SUBTASKS_MAX + producer) * SUBTASKS_MAX + consumer;
}

/** Of which epoch and attempts: positive, where `a` is the later one. */
function compareAttempts(a: ChannelId, b: ChannelId): number {
  return a.epoch - b.epoch || a.producerAttempt - b.producerAttempt || a.consumerAttempt - b.consumerAttempt;
}

/** In one direction. */
export class FrameBytes {
  readonly #jobs = new Map<string, Map<number, Counted>>();
  /** The one that was counted for last: most frames are of one job, and a text that was just read would be hashed first. */
  #job = '';
  #ofJob = new Map<number, Counted>();

  add(channel: ChannelId, sizeBytes: number): void {
    if (channel.jobId !== this.#job) this.#turnTo(channel.jobId);
    const ofJob = this.#ofJob;
    const number = numberOf(channel);
    const counted = ofJob.get(number);
    const order = counted === undefined ? 1 : compareAttempts(channel, counted.channel);
    if (order > 0) ofJob.set(number, { channel, bytes: sizeBytes });
    else if (order === 0) counted!.bytes += sizeBytes; // else it is of the dead
  }

  #turnTo(jobId: string): void {
    this.#job = jobId;
    this.#ofJob = this.#jobs.get(jobId) ?? new Map<number, Counted>();
    this.#jobs.set(jobId, this.#ofJob);
  }

  /** Of this channel between these attempts. */
  of(channel: ChannelId): number {
    const counted = this.#jobs.get(channel.jobId)?.get(numberOf(channel));
    return counted === undefined || compareAttempts(channel, counted.channel) !== 0 ? 0 : counted.bytes;
  }

  #turnToNone(): void {
    this.#job = '';
    this.#ofJob = new Map();
  }

  /** Jobs without tasks here are forgotten. */
  keepJobs(jobs: ReadonlySet<string>): void {
    for (const jobId of this.#jobs.keys()) if (!jobs.has(jobId)) this.#jobs.delete(jobId);
    if (!jobs.has(this.#job)) this.#turnToNone();
  }
}

export interface TaskTraffic {
  readonly sent: FrameBytes;
  readonly received: FrameBytes;
}

export function noTaskTraffic(): TaskTraffic {
  return { sent: new FrameBytes(), received: new FrameBytes() };
}

/** The same codec, which counts. */
export function countingCodec(codec: MessageCodec, { sent, received }: TaskTraffic): MessageCodec {
  return {
    ...codec,
    encode: (message) => {
      const bytes = codec.encode(message);
      if (message.kind === RECORDS) sent.add(channelOf(message), frameSize(bytes));
      return bytes;
    },
    decode: (bytes) => {
      const decoded = codec.decode(bytes);
      if (decoded.ok && decoded.value.kind === RECORDS) received.add(channelOf(decoded.value), frameSize(bytes));
      return decoded;
    },
  };
}

const RECORDS = 'channel-elements';

function channelOf({ body }: Envelope): ChannelId {
  return (body as { readonly channel: ChannelId }).channel;
}
