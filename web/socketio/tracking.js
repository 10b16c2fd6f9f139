// The tracking page: connects, joins, and hears of updates; with ADMIN set, also the admin's.
import { socketService } from './seeds/socketService.js';

const tell = (line) => process.stdout.write(`${JSON.stringify(line)}\n`);

const socket = socketService.connect();
socketService.joinOrderTracking(process.env.ORDER_ID);

const handleStatusUpdate = (data) => {
  tell({ update: data, toast: `Order status updated to: ${data.status}` });
};

socketService.onOrderStatusUpdate(handleStatusUpdate);

socket.on('connect', () => tell({ connected: socketService.getConnectionStatus(), recovered: socket.recovered ?? false }));
socket.on('order-tracking-error', (error) => tell({ error }));
