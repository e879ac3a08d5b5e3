/** Time and names as the rooms see them, so that tests can turn the clock and choose the ids. */

export interface Clock {
  /**
   * Wall-clock milliseconds since 1970. Taken once at start and advanced by the monotonic clock, so that a jump of the
   * machine's clock neither ends nor extends a lease.
   */
  now(): number;
}

export interface Ids {
  /** Eight lower-case letters and digits: a sweep's or a run's name, as W&B's client expects it in paths. */
  short(): string;
  /** 128 random bits in hex: a lease token, an agent's id. */
  token(): string;
}
