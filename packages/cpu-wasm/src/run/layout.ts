/**
 * Records in memory that TypeScript writes and the walker reads. All numbers are byte offsets.
 *
 * A *list* is one 192-byte head and the commands behind it, 64 bytes each. Words that threads write to while others wait on them have cache
 * lines of their own. A *place* is one thread's own line: what it is told, and where it stands.
 */

/** The head of a list. */
export const head = {
  /** 0: go on; else one of `stopped`. Set once in a run. */
  stop: 0,
  faultCode: 4,
  faultDetail: 8,
  /** Index of the command that failed. */
  faultCommand: 12,
  commands: 16,
  count: 20,
  /** Address of the times (float64 pairs by launch index), or 0. */
  times: 24,
  /** An int64: the command that is open to all in the low word, the number of the step in the high one. Steps are never numbered twice in a list's life. */
  current: 64,
  /** The high word of `current`: waiting threads sleep on it. */
  step: 68,
  sleepers: 72,
  /** Threads that are in the list, or may still look at it. */
  inside: 128,
  /** 1 when a run is over: its last command is done, or it was stopped (then wait until nobody is inside). */
  finish: 132,
  bytes: 192,
} as const;

/** The command number of a run that is over. */
export const finished = 0x7fffffff;

/** Most calls of a command: two such numbers stand in one word. */
export const maxCalls = 0x7fff;

/** Why a walk ended early. */
export const stopped = { fault: 1, cancelled: 2, trap: 3, paused: 4 } as const;

export const command = {
  kind: 0,
  /** call: index in the table; branch: address of the bool that decides. */
  target: 4,
  /** call: address of the parameter block; branch and jump: index of the next command. */
  params: 8,
  items: 12,
  grain: 16,
  flags: 20,
  /** Index of the launch, for times and errors. */
  launch: 24,
  /** How many calls its items take, each of a grain; at most `maxCalls`. */
  calls: 28,
  /**
   * An int64: the number of the step in the high word; in the low one the first call that nobody has taken, and in its upper half the end of
   * those that nobody has taken.
   */
  next: 32,
  /** Calls that are done. */
  done: 40,
  bytes: 64,
} as const;

export const commandKind = { call: 0, branch: 1, jump: 2, start: 3 } as const;

export const commandFlag = {
  /** One grain: whoever finished the command before runs it at once. */
  serial: 1,
  /** First and last command of a launch: where its time starts and ends. */
  first: 2,
  last: 4,
} as const;

export const place = {
  /** Counts orders to this thread; it sleeps on this word. */
  order: 0,
  /** 1 while the thread sleeps. */
  asleep: 4,
  /** Address of the list to walk, or 0. */
  list: 8,
  /** The last order that the thread is done with. */
  answered: 12,
  /** Command and item where the walk stands. */
  at: 16,
  item: 20,
  /** Messages that were sent to the worker: while it has had fewer, it goes back to its event loop for them. */
  messages: 24,
  bytes: 64,
} as const;
