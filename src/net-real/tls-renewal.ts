// Certificates are renewed while a process runs: its files of TLS are read again, and what is new in them is used for connections from then on. Streams that
// are open go on as they are.
import { messageOf } from '../core/base/stack-lines.ts';
import type { Address } from '../core/base/vocabulary.ts';
import { parseEndpoint } from './endpoint.ts';
import { checkTls, readTls, refuseOtherHost, textsOf, type TlsFiles, type TlsMaterial } from './tls-files.ts';

/** Between two looks. The files are compared by what is in them: whoever renews them may move, copy or link. */
const LOOK_MS = 5_000;

export interface RenewalOptions {
  /** Of files that were taken, and, with `isBad`, of files that cannot be. */
  readonly tell: (sentence: string, isBad: boolean) => void;
  readonly lookMs?: number;
}

export class TlsRenewal {
  readonly #files: TlsFiles;
  readonly #options: RenewalOptions;
  readonly #hearers: ((material: TlsMaterial) => void)[] = [];
  #material: TlsMaterial;
  /** What was wrong at the last look, and whether it was told; of a pair of files one may be there before the other. */
  #wrong: { readonly why: string; isTold: boolean } | null = null;
  /** Under which this process is known. Null until it is: whatever host a certificate names will do. */
  #host: string | null = null;
  #isLooking = false;
  #timer: NodeJS.Timeout | null = null;

  /** Throws a sentence with the file that is wrong. */
  constructor(files: TlsFiles, options: RenewalOptions) {
    this.#files = files;
    this.#options = options;
    this.#material = readTls(files);
  }

  get material(): TlsMaterial {
    return this.#material;
  }

  onRenewed(hear: (material: TlsMaterial) => void): void {
    this.#hearers.push(hear);
  }

  /** Until `close`. @param address under which this process is known */
  begin(address: Address): void {
    const endpoint = parseEndpoint(address);
    this.#host = endpoint.ok ? endpoint.value.host : null;
    try {
      this.#fitting(this.#material);
    } catch (error) {
      this.#options.tell(`peers will refuse this process: ${messageOf(error)}`, true);
    }
    this.#timer ??= setInterval(() => void this.look(), this.#options.lookMs ?? LOOK_MS).unref();
  }

  close(): void {
    if (this.#timer !== null) clearInterval(this.#timer);
    this.#timer = null;
  }

  async look(): Promise<void> {
    if (this.#isLooking) return;
    this.#isLooking = true;
    try {
      const found = await textsOf(this.#files);
      const { cert, key, ca } = this.#material;
      if (found.cert !== cert || found.key !== key || found.ca !== ca)
        this.#take(this.#fitting(checkTls(found, this.#files)));
      this.#wrong = null;
    } catch (error) {
      this.#onWrong(messageOf(error));
    } finally {
      this.#isLooking = false;
    }
  }

  #fitting(material: TlsMaterial): TlsMaterial {
    if (this.#host !== null) refuseOtherHost(material, this.#host);
    return material;
  }

  #take(material: TlsMaterial): void {
    this.#material = material;
    for (const hear of this.#hearers) hear(material);
    const until = material.validTo.toISOString();
    this.#options.tell(
      `took the new files of TLS: ${this.#files.cert}, valid until ${until}, is shown on connections from now on`,
      false,
    );
  }

  #onWrong(why: string): void {
    if (this.#wrong?.why !== why) this.#wrong = { why, isTold: false };
    else if (!this.#wrong.isTold) {
      this.#wrong.isTold = true;
      const until = this.#material.validTo.toISOString();
      this.#options.tell(
        `the new files of TLS are not taken: ${why}; the certificate from before, valid until ${until}, stays in use`,
        true,
      );
    }
  }
}
