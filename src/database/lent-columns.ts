// Columns that a room lends to a statement which reads rows of several rooms.

/** The column, or an SQL expression, of each property of `Shown`. */
export type LentColumns<Shown> = { readonly [Name in keyof Shown]-?: string };

/** Rows of one room, as a statement of several rooms reads them beside rows of accounts. */
export interface LentRows<Shown> {
  readonly columns: LentColumns<Shown>;
  /** A SELECT of these columns and of `account_id`. @param accounts an SQL expression: uuid[] */
  select(accounts: string): string;
}

type Row = Readonly<Record<string, unknown>>;

/** What comes after SELECT for the columns of `source`. {@link readerOf} reads them. */
export function columnsOf<Shown>(source: string, columns: LentColumns<Shown>): string {
  return Object.entries<string>(columns)
    .map(([name, column]) => `${source}.${column} AS "${source}.${name}"`)
    .join(', ');
}

/** Reads what {@link columnsOf} has selected. */
export function readerOf<Shown>(source: string, columns: LentColumns<Shown>): (row: Row) => Shown {
  const names = Object.keys(columns).map((name) => [name, `${source}.${name}`] as const);
  return (row) => {
    const shown: Record<string, unknown> = {};
    for (const [name, column] of names) shown[name] = row[column];
    return shown as Shown;
  };
}
