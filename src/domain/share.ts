/** Whose share of a pool's agents can be set: a user's (who created the sweep), or a team's (the sweep's entity). */
export const shareKinds = ['user', 'team'] as const;
export type ShareKind = (typeof shareKinds)[number];

/** The pool of sweeps that name none. */
export const defaultPool = 'default';
