// The service class as the document has it. The URL, the import and the two methods that the document
// uses without showing them (getConnectionStatus, emitAdminStatusUpdate) are added.
import { io } from 'socket.io-client';

const baseURL = process.env.VITE_API_URL;

class SocketService {
  connect() {
    this.socket = io(baseURL, {
      transports: ['websocket', 'polling'],
      autoConnect: true,
      reconnection: true
    });
    return this.socket;
  }

  joinOrderTracking(orderId) {
    this.socket.emit('join-order-tracking', orderId);
  }

  onOrderStatusUpdate(callback) {
    this.socket.on('order-status-updated', callback);
  }

  getConnectionStatus() {
    return this.socket.connected;
  }

  emitAdminStatusUpdate(data) {
    this.socket.emit('admin-status-update', data);
  }
}

export const socketService = new SocketService();
