export const EXIT = {
  done: 0,
  /** The operator can mend it: one sentence has been printed. */
  userError: 1,
  /** A defect of ours (EX_SOFTWARE): the stack is in the log. */
  internal: 70,
} as const
