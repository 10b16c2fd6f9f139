/** Events and rows for tests that are about something else. */
import type { EventData, EventType, OrderEvent, OrderSummary } from '../src/index.ts';

const EVENT = {
  event_id: 'e', aggregate_type: 'order', order_id: 'o', order_number: 'ORD-1', customer_id: 'ada', version: 1, recorded_at: '', cursor: 'c',
} as const;

/** An event of one type, as wanted where `more` says so. */
export function sampleEvent<T extends EventType>(type: T, data: EventData[T], more: Partial<OrderEvent> = {}): OrderEvent {
  return { ...EVENT, ...more, type, data } as OrderEvent;
}

export function sampleSummary(more: Partial<OrderSummary> = {}): OrderSummary {
  return {
    order_id: 'o', order_number: 'ORD-1', customer_id: 'ada', status: 'pending', version: 1, placed_at: '2026-01-01T00:00:00.000000Z',
    created_at: '', updated_at: '', currency: 'EUR', total: 100, item_count: 1, titles: ['Blue mug'], ...more,
  };
}
