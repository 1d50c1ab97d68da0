// Which run goes first where several wait: those that a person waits for, and those that are likely
// to end soon.

import type { SyncTrigger } from '../vocabulary.js';

/** From the last to the first. Jobs of older versions have 0. */
export const PRIORITY = {
  /** A scheduled run of an account whose last run failed, and any run that takes long. */
  background: -1,
  /** A scheduled run, or one after a notice. */
  routine: 0,
  /** A person waits, for an account whose last run failed. */
  personAgain: 1,
  /** A person waits. */
  person: 2,
} as const;

export type Priority = (typeof PRIORITY)[keyof typeof PRIORITY];

/** The priority of a run. */
export function priorityOf(trigger: SyncTrigger, failedBefore: boolean): Priority {
  if (isOfPerson(trigger)) return failedBefore ? PRIORITY.personAgain : PRIORITY.person;
  return failedBefore ? PRIORITY.background : PRIORITY.routine;
}

/** Whether a person waits for a run of this trigger. */
export function isOfPerson(trigger: SyncTrigger): boolean {
  return trigger === 'manual' || trigger === 'connect';
}
