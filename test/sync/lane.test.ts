// Who may hold a slot of a lane, and when a run gives its slot back.

import { expect, test } from '@jest/globals';
import { Lane } from '../../src/sync/lane.js';
import { PRIORITY, priorityOf } from '../../src/sync/priority.js';

const never = new AbortController().signal;

function laneOf(slots: number) {
  const state = { now: 0, freed: 0 };
  const lane = new Lane({
    slots,
    budgetMs: 60_000,
    clock: () => state.now,
    onFree: () => state.freed++,
  });
  const enter = (count: number, priority: number) =>
    Array.from({ length: count }, () => lane.enter(priority));
  return { lane, state, enter };
}

/** Whether the promise has resolved by now. */
async function isOver(promise: Promise<void>): Promise<boolean> {
  let over = false;
  void promise.then(() => {
    over = true;
  });
  await new Promise((resolve) => setImmediate(resolve));
  return over;
}

test('each step of priorities has slots that the lower ones cannot take', () => {
  const { lane, enter } = laneOf(10);
  expect(lane.leastPriority()).toBe(PRIORITY.background);
  enter(5, PRIORITY.background);
  expect(lane.leastPriority()).toBe(PRIORITY.routine);
  enter(3, PRIORITY.routine);
  expect(lane.leastPriority()).toBe(PRIORITY.personAgain);
  enter(1, PRIORITY.personAgain);
  expect(lane.leastPriority()).toBe(PRIORITY.person);
  enter(1, PRIORITY.person);
  expect(lane.leastPriority()).toBeNull();
});

test.each([1, 2, 3, 4])('with %i slots every run can start, and no more than that', (slots) => {
  const { lane, enter } = laneOf(slots);
  expect(lane.leastPriority()).toBe(PRIORITY.background);
  const [first] = enter(1, PRIORITY.background);
  first!.leave();
  expect(lane.leastPriority()).toBe(PRIORITY.background);
  enter(slots, PRIORITY.person);
  expect(lane.leastPriority()).toBeNull();
});

test('a person goes before the schedule, an account that failed behind one that did not', () => {
  const order = [
    priorityOf('schedule', true),
    priorityOf('push', false),
    priorityOf('manual', true),
    priorityOf('connect', false),
  ];
  expect(order).toEqual([...order].sort((a, b) => a - b));
  expect(new Set(order).size).toBe(4);
  expect(priorityOf('schedule', false)).toBe(priorityOf('push', false));
  expect(priorityOf('manual', false)).toBe(priorityOf('connect', false));
});

test('a run keeps its slot within its time, and beyond it while no run waits', async () => {
  const { lane, state, enter } = laneOf(2);
  const [run] = enter(1, PRIORITY.routine);
  expect(await isOver(run!.turn.pass(never))).toBe(true);
  state.now = 61_000;
  enter(1, PRIORITY.person);
  expect(lane.leastPriority()).toBeNull();
  const waits = run!.turn.pass(never);
  expect(await isOver(waits)).toBe(false);
  expect(state.freed).toBe(1);
});

test('over its time it waits for the other one, then goes on for as long again', async () => {
  const { lane, state, enter } = laneOf(1);
  const [long] = enter(1, PRIORITY.person);
  state.now = 61_000;
  const waits = [long!.turn.pass(never), long!.turn.pass(never)];
  expect(await isOver(waits[0]!)).toBe(false);
  const [other] = enter(1, PRIORITY.background);
  expect(lane.resume({ inTurn: true })).toBe(false);
  other!.leave();
  expect(lane.resume({ inTurn: true })).toBe(true);
  await Promise.all(waits);
  expect(lane.leastPriority()).toBeNull();
  state.now = 120_000;
  expect(await isOver(long!.turn.pass(never))).toBe(true);
  state.now = 122_000;
  expect(await isOver(long!.turn.pass(never))).toBe(false);
  expect(lane.leastPriority()).toBe(PRIORITY.background);
});

/** Runs that are over their time and wait. Their slots went to runs that people wait for. */
function crowded(slots: number) {
  const { lane, state, enter } = laneOf(slots);
  const long = enter(slots, PRIORITY.person);
  state.now = 61_000;
  const waits: Promise<void>[] = [];
  const others = long.flatMap(({ turn }) => {
    waits.push(turn.pass(never));
    return enter(1, PRIORITY.person);
  });
  return { lane, enter, waits, others };
}

test('free slots go to waiting runs and to new ones in turn, so that neither starves', async () => {
  const { lane, enter, waits, others } = crowded(4);
  expect(lane.leastPriority()).toBeNull();
  others[0]!.leave();
  expect(lane.resume({ inTurn: true })).toBe(true);
  others[1]!.leave();
  expect(lane.resume({ inTurn: true })).toBe(false);
  enter(1, PRIORITY.person);
  others[2]!.leave();
  expect(lane.resume({ inTurn: true })).toBe(true);
  expect(await Promise.all(waits.map(isOver))).toEqual([true, true, false, false]);
});

test('long runs hold at most half of the slots', async () => {
  const { lane, waits, others } = crowded(10);
  for (const { leave } of others) leave();
  let resumed = 0;
  while (lane.resume({ inTurn: false })) resumed++;
  expect(resumed).toBe(5);
  expect(lane.leastPriority()).toBe(PRIORITY.routine);
  expect((await Promise.all(waits.map(isOver))).filter(Boolean)).toHaveLength(5);
});

test('a run that gives up its slot gets it back only when no new run takes it', async () => {
  const state = { now: 0, resumed: [] as boolean[] };
  const lane: Lane = new Lane({
    slots: 1,
    budgetMs: 60_000,
    clock: () => state.now,
    onFree: () => {
      for (const inTurn of [true, false]) state.resumed.push(lane.resume({ inTurn }));
    },
  });
  const { turn } = lane.enter(PRIORITY.person);
  state.now = 61_000;
  await turn.pass(never);
  expect(state.resumed).toEqual([false, true]);
});

test('a waiting run that is to stop goes on at once, and takes no slot with it', async () => {
  const { lane, state, enter } = laneOf(1);
  const [long] = enter(1, PRIORITY.person);
  state.now = 61_000;
  const stopping = new AbortController();
  const waits = long!.turn.pass(stopping.signal);
  stopping.abort();
  await waits;
  expect(lane.leastPriority()).toBe(PRIORITY.background);
  long!.leave();
  expect(lane.resume({ inTurn: false })).toBe(false);
});

test('where very many runs wait, a further one keeps its slot', async () => {
  const { lane, state, enter } = laneOf(1);
  for (let i = 0; i < 5; i++) {
    const [run] = enter(1, PRIORITY.person);
    state.now += 61_000;
    expect(await isOver(run!.turn.pass(never))).toBe(false);
  }
  const [last] = enter(1, PRIORITY.person);
  state.now += 61_000;
  expect(await isOver(last!.turn.pass(never))).toBe(true);
  expect(lane.leastPriority()).toBeNull();
});
