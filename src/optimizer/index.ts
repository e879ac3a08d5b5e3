export { type Importance, importance, type ParameterImportance } from './importance.ts';
export { type Change, type Refinement, refine } from './refine.ts';
export { suggest } from './suggest.ts';
export type * from './types.ts';
export { readAnswer, readSnapshot, writeAnswer, writeSnapshot } from './wire.ts';
