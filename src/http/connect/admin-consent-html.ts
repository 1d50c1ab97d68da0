// The words of the page that an administrator ends on.

import { ERRORS, type IntegrationError } from '../../errors.js';
import type { Provider } from '../../providers/provider.js';
import type { AdminAnswer } from '../../providers/provider-admin-consent.js';
import type { HostedPage } from '../hosted-page.js';
import { escapeHtml } from '../html.js';
import type { Product } from '../product.js';

/** The page is one level below the style sheet. */
const STYLE = '../style.css';

/** What the names stand for: of the provider and of the product. */
type Words = (
  provider: string,
  product: string,
) => { readonly title: string; readonly text: string };

const WORDS: Readonly<Record<AdminAnswer, Words>> = {
  granted: (provider, product) => ({
    title: 'Your organization has approved this',
    text:
      `${provider} reports that you approved ${product} for your organization. Its people can now ` +
      'connect their calendars. Tell the person who sent you the link. You can close this page.',
  }),
  refused: (provider, product) => ({
    title: 'Nothing was approved',
    text:
      `${provider} reports that you did not approve ${product}. If that was a mistake, ask the ` +
      'person who sent you the link for a new one. You can close this page.',
  }),
  not_administrator: (provider, product) => ({
    title: 'An administrator has to approve this',
    text:
      `The ${provider} account that you used may not approve ${product} for its organization. ` +
      'Nothing was changed. Open the link again with the account of an administrator, or send it ' +
      'to one.',
  }),
  failed: (provider) => ({
    title: 'This could not be completed',
    text:
      `${provider} reports a problem, so nothing was changed. Open the link again later. If it ` +
      'happens again, tell the person who sent you the link.',
  }),
};

/** The page after an answer. */
export function answerPage(
  answer: AdminAnswer,
  { name }: Pick<Provider, 'name'>,
  product: Product,
): HostedPage {
  return { status: 200, ...shown(WORDS[answer](name, product.name)) };
}

/** The page of a callback that changed nothing. @param provider its name; null: there is none */
export function endedPage(
  { code, status, detail }: IntegrationError,
  provider: string | null,
): HostedPage {
  if (code !== 'invalid_state')
    return { status, ...shown({ title: ERRORS[code].title, text: detail }) };
  return {
    status,
    ...shown({
      title: 'This link cannot be used any more',
      text:
        'It was answered already, has expired, or is not complete. Nothing was changed here. What ' +
        `was decided at ${provider ?? 'the provider'} holds: the person who sent you the link can ` +
        'try to connect, or send you a new link.',
    }),
  };
}

function shown({ title, text }: ReturnType<Words>): Omit<HostedPage, 'status'> {
  return {
    title,
    style: STYLE,
    // The address has the state.
    hasForm: false,
    main: `<h1>${escapeHtml(title)}</h1>\n<p>${escapeHtml(text)}</p>`,
  };
}
