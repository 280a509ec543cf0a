/**
 * Records in memory that TypeScript writes and the walker reads. All numbers are byte offsets.
 *
 * A *list* is one 192-byte head and the commands behind it, 64 bytes each. Words that threads write to while others wait on them have cache
 * lines of their own. A *place* is one thread's own line: what it is told, and where it stands.
 */

/** The head of a list. */
export const head = {
  /** 0: go on; else one of `stopped`. Whoever writes another value also moves `generation`. */
  stop: 0,
  faultCode: 4,
  faultDetail: 8,
  /** Index of the command that failed. */
  faultCommand: 12,
  commands: 16,
  count: 20,
  /** Address of the times (float64 pairs by launch index), or 0. */
  times: 24,
  /** Threads that reached the barrier. */
  arrived: 64,
  /** Moved by the last thread that reaches it. */
  generation: 128,
  sleepers: 132,
  bytes: 192,
} as const;

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
  /** The next item that nobody has taken. Last in the line: the others only read. */
  next: 32,
  bytes: 64,
} as const;

export const commandKind = { call: 0, branch: 1, jump: 2 } as const;

export const commandFlag = {
  /** All threads meet after it. */
  barrier: 1,
  /** One grain: thread 0 runs it, and following ones of the kind, without meeting the others. */
  serial: 2,
  /** First and last command of a launch: where its time starts and ends. */
  first: 4,
  last: 8,
} as const;

export const place = {
  /** Counts orders to this thread; it sleeps on this word. */
  order: 0,
  /** 1 while the thread sleeps. */
  asleep: 4,
  /** Address of the list to walk; 0: go back to the event loop; 1: end. */
  list: 8,
  threads: 12,
  /** Command and item where the walk stands. */
  at: 16,
  item: 20,
  bytes: 64,
} as const;
