// Makes elements of HTML.

type Child = Node | string | null;

/** @param properties set as properties; those of `attributes` as attributes */
export function make<Name extends keyof HTMLElementTagNameMap>(
  name: Name,
  {
    attributes = {},
    ...properties
  }: Partial<Omit<HTMLElementTagNameMap[Name], 'attributes'>> & {
    attributes?: Readonly<Record<string, string>>;
  } = {},
  ...children: readonly Child[]
): HTMLElementTagNameMap[Name] {
  const element = Object.assign(document.createElement(name), properties);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  element.append(...children.filter((child) => child !== null));
  return element;
}
