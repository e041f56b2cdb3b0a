// All endpoints. A path without parameters goes before one that would take it for a parameter.
import type { Route } from '../route.ts';
import { checkpointRoutes } from './checkpoints.ts';
import { clusterRoutes } from './cluster.ts';
import { drainRoutes } from './drains.ts';
import { jarRoutes } from './jars.ts';
import { jobRoutes } from './jobs.ts';
import { logRoutes } from './logs.ts';
import { metricRoutes } from './metrics.ts';
import { operationRoutes, takingRoutes } from './operations.ts';
import { vertexRoutes } from './vertices.ts';

export const routes: readonly Route[] = [
  ...metricRoutes,
  ...clusterRoutes,
  ...drainRoutes,
  ...logRoutes,
  ...jarRoutes,
  ...operationRoutes,
  ...checkpointRoutes,
  ...takingRoutes,
  ...vertexRoutes,
  ...jobRoutes,
];
