export { suggest } from './suggest.ts';
export type * from './types.ts';
export { readAnswer, readSnapshot, writeAnswer, writeSnapshot } from './wire.ts';
