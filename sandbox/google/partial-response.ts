/** The `fields` parameter of the Calendar API: a part of a list, such as `nextPageToken,items(id,start)`. */

type Json = Record<string, unknown>;

/** Keeps the named fields of a list and of its items. Without `fields`, everything. */
export function partOf(list: Json, fields: string | null): Json {
  if (fields === null) return list;
  const inItems = /(?:^|,)items\(([^()]*)\)/.exec(fields)?.[1];
  const names = fields.replace(/items\([^()]*\)/, 'items').split(',');
  const kept = keep(list, names);
  if (inItems === undefined || !Array.isArray(kept['items'])) return kept;
  return { ...kept, items: kept['items'].map((item: Json) => keep(item, inItems.split(','))) };
}

function keep(value: Json, names: readonly string[]): Json {
  return Object.fromEntries(Object.entries(value).filter(([name]) => names.includes(name)));
}
