/**
 * The tables. Times are wall-clock milliseconds; JSON columns hold text as it came (W&B sends bare NaN and integers above 2^53,
 * which SQLite's JSON functions and JSON.parse would refuse or change).
 */

export * from './core-schema.ts';
export * from './forwarding-schema.ts';
export * from './search-schema.ts';
export * from './share-schema.ts';
export * from './stop-schema.ts';
export * from './stream-schema.ts';
