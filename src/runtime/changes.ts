/** The change bus: what the service says after a commit, to everyone in this process who waits or watches. */
import type { Change } from '../service/context.ts';

export type ChangeListener = (change: Change) => void;

export interface Changes {
  publish(change: Change): void;
  /** @returns ends it */
  subscribe(listener: ChangeListener): () => void;
}

/** @param onError told of a listener that throws: the others, and the commit that is being told of, must not notice */
export function createChanges(onError: (error: unknown) => void): Changes {
  const listeners = new Set<ChangeListener>();
  return {
    publish(change) {
      for (const listener of listeners) {
        try {
          listener(change);
        } catch (error) {
          onError(error);
        }
      }
    },
    subscribe(listener) {
      // A function of its own, so that one who subscribes twice also ends twice.
      const own: ChangeListener = (change) => listener(change);
      listeners.add(own);
      return () => void listeners.delete(own);
    },
  };
}
