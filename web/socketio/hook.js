// A page with the hook on it. Tells each toast, and the state that the hook returns when it changes.
import { JSDOM } from 'jsdom';

const page = new JSDOM('<!doctype html><div id="root"></div>');
globalThis.window = page.window;
globalThis.document = page.window.document;
// Newer versions of Node have one of their own, which cannot be assigned to.
Object.defineProperty(globalThis, 'navigator', { value: page.window.navigator, configurable: true });

const { createElement } = await import('react');
const { createRoot } = await import('react-dom/client');
const { useOrderSocket } = await import('./seeds/useOrderSocket.ts');

function OrdersPage() {
  const { isConnected, lastEvent } = useOrderSocket(process.env.ACCESS_TOKEN);
  process.stdout.write(`${JSON.stringify({ isConnected, lastEvent: lastEvent?.message ?? null })}\n`);
  return null;
}

createRoot(document.getElementById('root')).render(createElement(OrdersPage));
