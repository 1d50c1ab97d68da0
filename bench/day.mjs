// `npm run bench:day`: a day of a million accounts with a virtual clock. When an account is synced
// next follows from the functions of the service; what is made up is how people work: how many
// changes an account has in a day (DAY_CHANGES, default 5), and at which hours. DAY_ACCOUNTS and
// DAY_POLL_MINUTES (SYNC_POLL_MINUTES of the deployment, default 240) change the rest.

import { jittered } from '../dist/src/sync/backoff.js';
import { table } from './tables.mjs';

const accounts = Number(process.env.DAY_ACCOUNTS ?? 1_000_000);
const changesADay = Number(process.env.DAY_CHANGES ?? 5);
const pollMinutes = Number(process.env.DAY_POLL_MINUTES ?? 240);
/** docs/operations.md: watched accounts are polled every two hours at most. */
const PUSHED_POLL_MINUTES = 120;
const MINUTE = 60_000;
const MINUTES = 1_440;
const WARM_UP = 720;
/** Scheduled syncs list calendars once in an hour. Those after a notice do so each time. */
const LIST_EVERY = 60;
/** Google's quota of a project. */
const QUOTA = 10_000;

/** How busy people are in an hour of the day, in one time zone; the mean is 1. */
const HOURS = [
  0.1, 0.1, 0.1, 0.1, 0.1, 0.2, 0.5, 1, 2, 2.6, 2.6, 2.2, 1.6, 2, 2.4, 2.2, 1.8, 1.2, 0.6, 0.3, 0.2,
  0.2, 0.1, 0.1,
];

const BUSIEST = Math.max(...HOURS);
const TOTAL = WARM_UP + MINUTES;

/** The minutes at which an account is changed. @param zone hours that its user is ahead */
function changesOf(zone) {
  const minutes = [];
  for (let minute = 0; ; ) {
    // Candidates at the rate of the busiest hour; an hour keeps those that its rate is worth.
    minute += (-Math.log(1 - Math.random()) * MINUTES) / (changesADay * BUSIEST);
    if (minute >= TOTAL) return minutes;
    if (Math.random() * BUSIEST < HOURS[(Math.floor(minute / 60) + zone) % 24])
      minutes.push(minute);
  }
}

/** @param spread over how many hours the time zones of the users are spread */
function simulate({ pushed, spread, stoppedAt = null, stoppedFor = 0 }) {
  const interval = () =>
    jittered(Math.max(pollMinutes, pushed ? PUSHED_POLL_MINUTES : 0) * MINUTE, Math.random) /
    MINUTE;
  const requests = new Float64Array(TOTAL);
  const [from, to] =
    stoppedAt === null ? [TOTAL, TOTAL] : [WARM_UP + stoppedAt, WARM_UP + stoppedAt + stoppedFor];
  const afterStop = (minute) => (minute >= from && minute < to ? to : minute);
  for (let account = 0; account < accounts; account += 1) {
    const changes = pushed ? changesOf(Math.floor((account % 24) * (spread / 24))) : [];
    let poll = Math.random() * interval();
    let listed = -LIST_EVERY;
    for (let change = 0; ; ) {
      const isChange = change < changes.length && changes[change] <= poll;
      const minute = afterStop(isChange ? changes[change] : poll);
      if (minute >= TOTAL) break;
      if (isChange) change += 1;
      const lists = isChange || minute - listed >= LIST_EVERY;
      if (lists) listed = minute;
      requests[Math.floor(minute)] += lists ? 2 : 1;
      poll = minute + interval();
    }
  }
  return requests.slice(WARM_UP);
}

function row(name, requests) {
  const working = requests.filter((count) => count > 0);
  const mean = working.reduce((sum, count) => sum + count, 0) / working.length;
  const most = Math.max(...working);
  return [
    name,
    mean.toFixed(0),
    most.toFixed(0),
    (most / mean).toFixed(2),
    `${((100 * most) / QUOTA).toFixed(0)} %`,
  ];
}

console.log(
  `${accounts} accounts, polled every ${pollMinutes} minutes, ${changesADay} changes a day\n`,
);
const stop = { stoppedAt: 600, stoppedFor: 30 };
console.log(
  table(
    ['', 'requests/min, mean', 'busiest minute', 'to the mean', `of ${QUOTA} a minute`],
    [
      row('polls alone', simulate({ pushed: false, spread: 1 })),
      row('with push, users around the world', simulate({ pushed: true, spread: 24 })),
      row('with push, users in one time zone', simulate({ pushed: true, spread: 1 })),
      row('polls alone, no worker for 30 minutes', simulate({ pushed: false, spread: 1, ...stop })),
    ],
  ),
);
