// Requests of one run to its provider: with a live token, within the limits, and only while the run
// may go on.

import type { SealedAccess } from '../accounts/live-token.js';
import type { Round, Run } from '../calendars/round.js';
import { ProviderError } from '../errors.js';
import type { EventChange } from '../event-model.js';
import { type EventCounts, NO_EVENTS } from '../notification-types.js';
import type { ChangePage, ProviderCalendars } from '../providers/provider-calendars.js';
import { patiently } from './backoff.js';
import { RunInterrupted, RunLost } from './interruption.js';
import type { Turn } from './lane.js';
import type { SyncServices } from './sync-services.js';

/** One run that reads. */
export interface ReadingRun {
  readonly run: Run;
  readonly provider: ProviderCalendars;
  /** Aborted when the run may not go on: running requests are dropped. */
  readonly lost: AbortSignal;
  /** Aborted when the process is to stop: the page that is being read is finished. */
  readonly stopping: AbortSignal;
  /** The run's right to send requests. Absent: always. */
  readonly turn?: Turn | undefined;
  /** The account's token as the run's beginning found it. */
  readonly access?: SealedAccess | null;
}

/** What a provider answered to the request for the first page from a calendar's cursor. */
interface FirstAnswer {
  readonly cursor: string;
  readonly answer: ChangePage | ProviderError;
}

type QuietPage = ChangePage & { readonly cursor: string };

export class CalendarReader {
  readonly run: Run;
  readonly provider: ProviderCalendars;
  private readonly lost: AbortSignal;
  private readonly stopping: AbortSignal;
  private readonly turn: Turn | undefined;
  /** Ends a wait, whichever comes first. */
  private readonly ending: AbortSignal;
  private readonly firstAnswers = new Map<string, FirstAnswer>();
  private access: SealedAccess | null;
  private isListed = false;
  private counts = NO_EVENTS;
  /** Whether a kept answer is anything but a cursor for the next time. */
  hasNews = false;

  constructor(
    readonly services: SyncServices,
    { run, provider, lost, stopping, turn, access = null }: ReadingRun,
  ) {
    this.run = run;
    this.provider = provider;
    this.lost = lost;
    this.stopping = stopping;
    this.turn = turn;
    this.access = access;
    this.ending = AbortSignal.any([lost, stopping]);
  }

  /**
   * Sends one request, again after a short wait where that helps. @throws ProviderError, RunLost,
   * RunInterrupted
   */
  async ask<T>(
    call: (provider: ProviderCalendars, accessToken: string, signal: AbortSignal) => Promise<T>,
  ): Promise<T> {
    const { run, provider, lost } = this;
    const { useToken, limits, random, sleep } = this.services;
    const waiting = { sleep, signal: this.ending };
    this.goOn();
    try {
      const once = async () => {
        await this.turn?.pass(this.ending);
        this.goOn();
        return useToken(
          run.accountId,
          (accessToken) =>
            limits.through(run.accountId, provider.limits ?? {}, waiting, () =>
              call(provider, accessToken, lost).catch((error: unknown) => {
                throw this.isListed ? ofCalendar(error) : error;
              }),
            ),
          this.isListed ? 'calendar' : 'list',
          this.access,
        );
      };
      const onWait = (milliseconds: number) => limits.leaveAlone(run.accountId, milliseconds);
      return await patiently(once, { ...waiting, random, onWait });
    } catch (error) {
      // The request of a run that ended fails in any way. The end of the run is the cause.
      this.goOn();
      throw error;
    }
  }

  /** Keeps an answer, so that the run need not request it again. */
  keepFirst(calendarId: string, cursor: string, answer: ChangePage | ProviderError): void {
    this.firstAnswers.set(calendarId, { cursor, answer });
    if (!isQuiet(answer)) this.hasNews = true;
  }

  /**
   * The kept page of a calendar from this cursor, once. Null where none is kept. @throws the failure
   * that is kept
   */
  takeFirst(calendarId: string, cursor: string | null): ChangePage | null {
    const kept = this.firstAnswers.get(calendarId);
    this.firstAnswers.delete(calendarId);
    if (kept === undefined || kept.cursor !== cursor) return null;
    if (kept.answer instanceof ProviderError) throw ofCalendar(kept.answer);
    return kept.answer;
  }

  /** From now on the account's token is read for each request. */
  forgetAccess(): void {
    this.access = null;
  }

  /** The events that the run has changed and deleted so far. */
  get saved(): EventCounts {
    return this.counts;
  }

  /** Saves a page. @returns how many events could not be stored; null as EventStore.savePage */
  async savePage(round: Round, changes: readonly EventChange[]): Promise<number | null> {
    const { events, gate } = this.services;
    const page = await gate(() => events.savePage(round, changes));
    if (page === null) return null;
    this.noteSaved(page);
    return page.skipped;
  }

  /** Counts what was saved. */
  noteSaved({ changed, deleted }: EventCounts): void {
    const { counts } = this;
    this.counts = { changed: counts.changed + changed, deleted: counts.deleted + deleted };
  }

  /**
   * Notes that the run has listed the account's calendars. From then on a refusal concerns what is
   * read, and not the account, which the provider has served just now.
   */
  noteListed(): void {
    this.isListed = true;
  }

  /** @throws RunLost, RunInterrupted when the run is not to go on */
  goOn(): void {
    if (this.lost.aborted) throw new RunLost('the run may not go on');
    if (this.stopping.aborted) throw new RunInterrupted('the process is stopping');
  }
}

/** Whether nothing changed since the cursor. */
export function isQuiet(answer: ChangePage | ProviderError): answer is QuietPage {
  return (
    !(answer instanceof ProviderError) &&
    answer.changes.length === 0 &&
    answer.next === null &&
    answer.cursor !== null
  );
}

/**
 * The failure of one calendar, for a refusal that would concern the whole account. A refused token
 * stays what it is: it is refreshed first.
 */
function ofCalendar(error: unknown): unknown {
  if (!(error instanceof ProviderError)) return error;
  const { code, reason, retryAfterSeconds } = error;
  if (code === 'no_mailbox' || code === 'admin_consent_required')
    return new ProviderError('calendar_forbidden', { reason, cause: error });
  if (code === 'provider_misconfigured')
    return new ProviderError('provider_error', { reason, retryAfterSeconds, cause: error });
  return error;
}
