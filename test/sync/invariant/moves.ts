/**
 * What can happen between two checks of an account. Moves are plain data, so that a failing
 * sequence can be pasted into a test.
 */
import fc from 'fast-check';

/**
 * Days from the start of the story, and an hour; without an hour all day. `length`: hours, or
 * days.
 */
export interface When {
  readonly day: number;
  readonly hour: number | null;
  readonly length: number;
}

/** The plan of a run. Numbers count requests, or steps (requests and writes). */
export interface RunPlan {
  readonly fault?:
    | { readonly name: string; readonly nth: number; readonly times: number }
    | undefined;
  readonly crash?: {
    readonly step: number;
    readonly done: boolean;
    readonly comeback: 'redelivered' | 'swept' | 'never';
  };
  /** An edit at the provider just before a request. */
  readonly meanwhile?: { readonly nth: number; readonly move: Change };
  readonly trigger?: 'manual' | 'schedule' | 'push';
}

/** An edit of a person at the provider. Numbers choose among the existing items. */
export type Change =
  | {
      readonly do: 'create';
      readonly calendar: number;
      readonly when: When;
      readonly rule?: string;
      readonly secret?: boolean;
    }
  | { readonly do: 'rename'; readonly event: number; readonly title: string }
  | { readonly do: 'move'; readonly event: number; readonly when: When }
  | { readonly do: 'delete'; readonly event: number }
  | { readonly do: 'transfer'; readonly event: number; readonly calendar: number }
  | { readonly do: 'rule'; readonly event: number; readonly rule: string | null }
  | { readonly do: 'split'; readonly event: number; readonly occurrence: number }
  | {
      readonly do: 'occurrence';
      readonly event: number;
      readonly occurrence: number;
      readonly change: 'delete' | string | When;
    }
  | { readonly do: 'add calendar'; readonly readOnly: boolean }
  | {
      readonly do: 'remove calendar' | 'hide calendar' | 'show calendar';
      readonly calendar: number;
    }
  | {
      readonly do: 'role';
      readonly calendar: number;
      readonly role: 'owner' | 'writer' | 'reader' | 'freeBusyReader';
    };

export type Move =
  | Change
  | { readonly do: 'choose'; readonly calendar: number }
  | {
      readonly do: 'expire';
      readonly calendar: number | null;
      readonly variant: 'SyncStateNotFound' | 'resyncRequired' | 'location';
    }
  | { readonly do: 'days'; readonly days: number }
  | {
      readonly do: 'dials';
      readonly pageSize: number | null;
      readonly emptyPages: boolean;
      readonly duplicates: boolean;
      readonly masterLast: boolean;
      readonly cancelled: 'mixed' | 'full' | 'sparse' | 'idOnly';
      readonly seriesDeletion: 'master' | 'instances' | 'both';
    }
  | ({ readonly do: 'run' } & RunPlan);

export const RULES = [
  'RRULE:FREQ=DAILY;COUNT=6',
  'RRULE:FREQ=WEEKLY',
  'RRULE:FREQ=WEEKLY;COUNT=3',
  'RRULE:FREQ=DAILY;INTERVAL=4',
  'RRULE:FREQ=DAILY;COUNT=1',
];
export const FAULTS = {
  google: [
    'google.403.rateLimit',
    'google.403.quota',
    'google.429',
    'google.500',
    'google.503',
    'google.401.once',
    'google.410',
    'google.404',
  ],
  microsoft: ['ms.429.retryAfter', 'ms.500', 'ms.503', 'ms.504', 'ms.401.once', 'ms.410', 'ms.403'],
  both: ['drop', 'drop.midBody', 'truncated.json', 'null.body', 'html.502', 'hang'],
} as const;

const choice = fc.nat({ max: 19 });
const title = fc.nat({ max: 99 }).map((number) => `title ${number}`);
const rule = fc.constantFrom(...RULES);
const when: fc.Arbitrary<When> = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.record({
      day: fc.integer({ min: -16, max: 34 }),
      hour: fc.nat({ max: 23 }),
      length: fc.constantFrom(0, 1, 1, 30),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      day: fc.integer({ min: -16, max: 34 }),
      hour: fc.constant(null),
      length: fc.integer({ min: 1, max: 3 }),
    }),
  },
);

const change: fc.Arbitrary<Change> = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({
      do: fc.constant('create' as const),
      calendar: choice,
      when,
      secret: fc.boolean(),
    }),
  },
  {
    weight: 5,
    arbitrary: fc.record({ do: fc.constant('create' as const), calendar: choice, when, rule }),
  },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('rename' as const), event: choice, title }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('move' as const), event: choice, when }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('delete' as const), event: choice }) },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constant('transfer' as const), event: choice, calendar: choice }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('rule' as const),
      event: choice,
      rule: fc.option(rule, { freq: 3 }),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ do: fc.constant('split' as const), event: choice, occurrence: choice }),
  },
  {
    weight: 8,
    arbitrary: fc.record({
      do: fc.constant('occurrence' as const),
      event: choice,
      occurrence: choice,
      change: fc.oneof(fc.constant('delete' as const), title, when),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constant('add calendar' as const), readOnly: fc.boolean() }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constantFrom(
        'remove calendar' as const,
        'hide calendar' as const,
        'show calendar' as const,
      ),
      calendar: choice,
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant('role' as const),
      calendar: choice,
      role: fc.constantFrom(
        'owner' as const,
        'writer' as const,
        'reader' as const,
        'freeBusyReader' as const,
      ),
    }),
  },
);

function run(provider: 'google' | 'microsoft'): fc.Arbitrary<Move> {
  const fault = fc.record({
    name: fc.constantFrom(...FAULTS[provider], ...FAULTS.both),
    nth: fc.integer({ min: 1, max: 5 }),
    times: fc.constantFrom(1, 2, 4, 4),
  });
  const crash = fc.record({
    step: fc.nat({ max: 24 }),
    done: fc.boolean(),
    comeback: fc.constantFrom('redelivered' as const, 'swept' as const, 'never' as const),
  });
  const meanwhile = fc.record({ nth: fc.integer({ min: 1, max: 8 }), move: change });
  return fc.record({
    do: fc.constant('run' as const),
    fault: sometimes(4, fault),
    crash: sometimes(2, crash),
    meanwhile: sometimes(3, meanwhile),
    trigger: fc.constantFrom('manual' as const, 'schedule' as const, 'push' as const),
  });
}

/** Present in `ofTen` of ten cases. */
function sometimes<T>(ofTen: number, arbitrary: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> {
  return fc.oneof(
    { weight: 10 - ofTen, arbitrary: fc.constant(undefined) },
    { weight: ofTen, arbitrary },
  );
}

/** A story of moves. */
export function story(provider: 'google' | 'microsoft'): fc.Arbitrary<Move[]> {
  const move = fc.oneof(
    { weight: 30, arbitrary: change },
    { weight: 10, arbitrary: run(provider) },
    { weight: 1, arbitrary: fc.record({ do: fc.constant('choose' as const), calendar: choice }) },
    {
      weight: 2,
      arbitrary: fc.record({
        do: fc.constant('expire' as const),
        calendar: fc.option(choice, { freq: 2 }),
        variant: fc.constantFrom(
          'SyncStateNotFound' as const,
          'resyncRequired' as const,
          'location' as const,
        ),
      }),
    },
    {
      weight: 2,
      arbitrary: fc.record({
        do: fc.constant('days' as const),
        days: fc.constantFrom(1, 3, 8, 9, 40),
      }),
    },
    {
      weight: 2,
      arbitrary: fc.record({
        do: fc.constant('dials' as const),
        pageSize: fc.constantFrom(2, 3, 7, null),
        emptyPages: fc.boolean(),
        duplicates: fc.boolean(),
        masterLast: fc.boolean(),
        cancelled: fc.constantFrom(
          'mixed' as const,
          'full' as const,
          'sparse' as const,
          'idOnly' as const,
        ),
        seriesDeletion: fc.constantFrom('master' as const, 'instances' as const, 'both' as const),
      }),
    },
  );
  return fc.array(move, { minLength: 4, maxLength: 40, size: 'max' });
}
