// The frame of every page.

import type { ReactNode } from 'react';

export const metadata = { title: 'Calendars', icons: 'data:,' };

export default function Layout({ children }: { children: ReactNode }) {
  return (
    <html lang="en">
      <body style={{ font: '16px/1.5 system-ui, sans-serif', maxWidth: 640, margin: '32px auto' }}>
        <main>{children}</main>
      </body>
    </html>
  );
}
