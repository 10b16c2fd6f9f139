// The hook as the document has it, from `export` on. Above it is what its file imports.
import { useEffect, useRef, useState } from 'react';
import { io, type Socket } from 'socket.io-client';
import { toast } from './toast.ts';

const ORDERS_SOCKET_URL = process.env['NEXT_PUBLIC_ORDERS_SOCKET_URL'] ?? 'http://localhost:3004';

interface OrderSocketEvent {
  order: unknown;
  message: string;
  timestamp: string;
}

const getStatusEmoji = (status: string): string =>
  ({ pending: '⏳', processing: '📦', shipped: '🚚', delivered: '✅', cancelled: '❌' })[status] ?? '';

export const useOrderSocket = (accessToken: string | null) => {
  const socketRef = useRef<Socket | null>(null);
  const [isConnected, setIsConnected] = useState(false);
  const [lastEvent, setLastEvent] = useState<OrderSocketEvent | null>(null);

  useEffect(() => {
    if (!accessToken) return;

    const socket = io(ORDERS_SOCKET_URL, {
      auth: { token: accessToken },
      transports: ['websocket', 'polling'],
      reconnection: true,
      reconnectionDelay: 1000,
      reconnectionDelayMax: 5000,
      reconnectionAttempts: 5,
    });

    socket.on('connect', () => {
      setIsConnected(true);
      toast.success('🔔 Real-time updates connected!');
    });

    socket.on('order:created', (data) => {
      setLastEvent(data);
      toast.success(`✅ ${data.message}`);
    });

    socket.on('order:status_changed', (data) => {
      setLastEvent(data);
      const emoji = getStatusEmoji(data.newStatus);
      toast.info(`${emoji} ${data.message}`);
    });

    return () => socket.disconnect();
  }, [accessToken]);

  return { isConnected, lastEvent, socket: socketRef.current };
};
