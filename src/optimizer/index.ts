export type * from './types.ts';
export { suggest } from './suggest.ts';
export { readAnswer, readSnapshot, writeAnswer, writeSnapshot } from './wire.ts';
