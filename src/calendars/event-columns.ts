// The columns that a provider's event fills, as its entity declares them.

import { getMetadataArgsStorage } from 'typeorm';
import { CalendarEvent, type EventProperty, VALUE_SOURCES } from './event.js';

export interface EventColumn {
  readonly property: EventProperty;
  readonly column: string;
  /** PostgreSQL's name of the type. */
  readonly type: string;
  /** A bare occurrence does not have the value: its series' master has it. */
  readonly fromMaster: boolean;
}

/** Name and type come from the entity, so that they are written once. */
export const EVENT_COLUMNS: readonly EventColumn[] = getMetadataArgsStorage()
  .filterColumns(CalendarEvent)
  .flatMap(({ propertyName, options }) =>
    isEventProperty(propertyName)
      ? [
          {
            property: propertyName,
            column: options.name ?? propertyName,
            type: String(options.type),
            fromMaster: VALUE_SOURCES[propertyName] === 'master',
          },
        ]
      : [],
  );

function isEventProperty(name: string): name is EventProperty {
  return Object.hasOwn(VALUE_SOURCES, name);
}

/** What readers get of a row: no state of syncing. */
export type ListedEvent = Pick<
  CalendarEvent,
  'id' | 'accountId' | 'calendarId' | Exclude<EventProperty, 'sparse'>
>;

/** The SELECT list of a {@link ListedEvent}. */
export const LISTED_EVENT = [
  'id',
  'account_id AS "accountId"',
  'calendar_id AS "calendarId"',
  ...EVENT_COLUMNS.filter(({ property }) => property !== 'sparse').map(
    // A date is selected as text: the driver would make it an instant in the time zone of this
    // machine.
    ({ property, column, type }) => `${column}${type === 'date' ? '::text' : ''} AS "${property}"`,
  ),
].join(', ');
