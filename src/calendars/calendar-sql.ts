// The statement that saves an account's list of calendars.

/**
 * $1 account, $2 records as JSON. New calendars begin selected or not as the provider's mapping
 * suggests. Known ones keep their selection, and their cursor unless the access role changed. One that
 * was gone is back.
 */
export const SAVE_CALENDARS = `
  INSERT INTO calendars AS c (id, account_id, provider_calendar_id, name, description, time_zone,
                              color, is_primary, access_role, selected)
  SELECT gen_random_uuid(), $1, "providerCalendarId", name, description, "timeZone", color,
         "primary", "accessRole", "selectedByDefault"
    FROM json_to_recordset($2::json)
      AS r ("providerCalendarId" text, name text, description text, "timeZone" text, color text,
            "primary" boolean, "accessRole" text, "selectedByDefault" boolean)
  ON CONFLICT (account_id, provider_calendar_id) DO UPDATE
    SET name = EXCLUDED.name, description = EXCLUDED.description, time_zone = EXCLUDED.time_zone,
        color = EXCLUDED.color, is_primary = EXCLUDED.is_primary,
        access_role = EXCLUDED.access_role, gone_at = NULL,
        -- Another role may see other values of the same events. No change is reported for that.
        cursor = CASE WHEN c.access_role = EXCLUDED.access_role THEN c.cursor END,
        next_attempt_at = CASE WHEN c.access_role = EXCLUDED.access_role THEN c.next_attempt_at END
  WHERE (c.name, c.description, c.time_zone, c.color, c.is_primary, c.access_role) IS DISTINCT FROM
        (EXCLUDED.name, EXCLUDED.description, EXCLUDED.time_zone, EXCLUDED.color,
         EXCLUDED.is_primary, EXCLUDED.access_role)
     OR c.gone_at IS NOT NULL`;
