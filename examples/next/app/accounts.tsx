// The list of accounts as a custom element.

'use client';

import 'calendar-connect/elements';
import type { CalendarConnectAccounts } from 'calendar-connect/elements';
import { useRouter } from 'next/navigation';
import { type DetailedHTMLProps, type HTMLAttributes, useEffect, useRef } from 'react';

export function Accounts({ baseUrl }: { baseUrl: string }) {
  const element = useRef<CalendarConnectAccounts>(null);
  const router = useRouter();
  useEffect(() => {
    const { current } = element;
    if (current === null) return;
    const stop = new AbortController();
    // The server side of the page reads the events again.
    for (const name of ['loaded', 'disconnected'])
      current.addEventListener(name, () => router.refresh(), { signal: stop.signal });
    return () => stop.abort();
  }, [router]);
  return (
    <calendar-connect-accounts ref={element} base-url={baseUrl} token-url="/token" return-to="/" />
  );
}

declare module 'react' {
  namespace JSX {
    interface IntrinsicElements {
      'calendar-connect-accounts': DetailedHTMLProps<
        HTMLAttributes<CalendarConnectAccounts> & {
          'base-url': string;
          'token-url': string;
          'return-to': string;
        },
        CalendarConnectAccounts
      >;
    }
  }
}
