/** What the process tells the shell. Scripts depend on these numbers: they only ever grow in number. */
export const EXIT = {
  ok: 0,
  /** Something failed, or the answer is no: an unreachable version, an upgrade that did not succeed, a catalog with errors. */
  error: 1,
  /** The command line is wrong. */
  usage: 2,
  /** It took longer than was allowed; what was started goes on. */
  timedOut: 3,
  /** The hub does not allow it. */
  notAllowed: 4,
  /** What was started goes on only when somebody approves. */
  waitingForApproval: 5,
  /** 128 + SIGINT, as shells have it. */
  interrupted: 130,
  /** 128 + SIGPIPE: who read the output has ended. */
  brokenPipe: 141,
} as const;

export type ExitCode = (typeof EXIT)[keyof typeof EXIT];
