import type { Route } from '../route.ts';
export const jarRoutes: readonly Route[] = [];
