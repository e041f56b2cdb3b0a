// The secret of networks in tests that share no folder.
import type { ClusterSecret } from '../../src/net-real/cluster-secret.ts';

export const toySecret: ClusterSecret = {
  key: new TextEncoder().encode('of toys, and no secret'),
  place: 'toy-secret.ts',
};
