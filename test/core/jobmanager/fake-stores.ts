// An HA service and a blob store that apply one request at once, as their contracts say, and sinks that agree to everything; shared by the JobManagers
// of a test.
import type { PortAnswer, PortRequest } from '../../../src/core/protocol/ports.ts';
import { LEADER_KEY } from '../../../src/core/protocol/ha-keys.ts';
import { decodeLeader } from '../../../src/core/protocol/records-codec.ts';

export class FakeStores {
  readonly keys = new Map<string, { value: Uint8Array; revision: number }>();
  readonly blobs = new Map<string, Uint8Array>();
  revision = 0;
  renewals = 0;

  entry(key: string): { key: string; value: Uint8Array; revision: number } | null {
    const found = this.keys.get(key);
    return found === undefined ? null : { key, ...found };
  }

  epoch(): number {
    const entry = this.entry(LEADER_KEY);
    const record = entry === null ? null : decodeLeader(entry.value);
    return record?.ok ? record.value.epoch : 0;
  }

  put(key: string, value: Uint8Array | null): number {
    this.revision += 1;
    if (value === null) this.keys.delete(key);
    else this.keys.set(key, { value, revision: this.revision });
    return this.revision;
  }

  apply(request: PortRequest): PortAnswer {
    switch (request.kind) {
      case 'ha-read': {
        const keys = [...this.keys.keys()].filter((key) => key.startsWith(request.prefix));
        return { kind: 'ha-entries', entries: keys.map((key) => this.entry(key)!), revision: this.revision };
      }
      case 'ha-write': {
        const entry = this.entry(request.key);
        const isRevision = request.ifRevision === null || request.ifRevision === (entry?.revision ?? 0);
        const isEpoch = request.ifEpoch === null || request.ifEpoch === this.epoch();
        if (!isRevision || !isEpoch) return { kind: 'ha-conflict', entry, epoch: this.epoch() };
        return { kind: 'ha-written', revision: this.put(request.key, request.value) };
      }
      case 'ha-renew':
        if (request.epoch !== this.epoch())
          return { kind: 'ha-conflict', entry: this.entry(LEADER_KEY), epoch: this.epoch() };
        this.renewals += 1;
        return { kind: 'ha-renewed', epoch: this.epoch() };
      case 'ha-lease':
        return { kind: 'ha-lease', leader: this.entry(LEADER_KEY), renewals: this.renewals };
      case 'storage-put':
        this.blobs.set(request.name, request.bytes);
        return { kind: 'stored' };
      case 'storage-get': {
        const bytes = this.blobs.get(request.name);
        return bytes === undefined ? { kind: 'not-found' } : { kind: 'loaded', bytes };
      }
      case 'storage-list':
        return { kind: 'listed', names: [...this.blobs.keys()].filter((name) => name.startsWith(request.prefix)) };
      case 'storage-delete':
        this.blobs.delete(request.name);
        return { kind: 'deleted' };
      case 'sink-open':
        return { kind: 'sink-opened' };
      case 'sink-commit':
        return { kind: 'sink-committed' };
      default:
        throw new Error(`not served here: ${request.kind}`);
    }
  }
}
