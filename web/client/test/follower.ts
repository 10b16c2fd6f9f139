/** An application that keeps the versions of orders, and fails at once if it is told anything but the log's next event. */
import type { Delivery, OrderEvent } from '../src/index.ts';

/** Where the model's log is. */
export interface Log {
  readonly log: readonly OrderEvent[];
  /** As it was in an earlier life, of which something may still be on its way. */
  logOf?(epoch: number): readonly OrderEvent[];
}

export function matches(topic: string, event: OrderEvent): boolean {
  return topic === 'orders' || topic === 'customer:me' || topic === `order:${event.order_id}`;
}

/** The state that a follower of this topic should have. */
export function versionsOf({ log }: Log, topic: string): Map<string, number> {
  return new Map(log.filter((event) => matches(topic, event)).map((event) => [event.order_id, event.version]));
}

/** The models' cursors are `epoch:position`. */
export function positionOf(cursor: string): number {
  return Number(cursor.split(':')[1]);
}

export class Follower {
  /** Position up to which it has state; null: none yet. */
  at: number | null;
  /** From its snapshot and every event since; null without a snapshot. */
  state: Map<string, number> | null = null;
  delivered = 0;
  /** A reset without a snapshot to follow, or a refusal. */
  over = false;
  private readonly world: Log;
  readonly topic: string;
  private readonly snapshot: boolean;

  constructor(world: Log, topic: string, at: number | null) {
    this.world = world;
    this.topic = topic;
    this.at = at;
    this.snapshot = at === null;
  }

  hear(delivery: Delivery): void {
    if (this.over) throw new Error('delivered to nobody');
    if (delivery.kind === 'error') this.over = true;
    if (delivery.kind === 'snapshot') {
      this.at = positionOf(delivery.snapshot.cursor);
      this.state = new Map(delivery.snapshot.orders?.map((order) => [order.order_id, order.version]));
    }
    if (delivery.kind === 'reset') {
      this.at = null;
      this.state = null;
      this.over = !this.snapshot;
    }
    if (delivery.kind !== 'event') return;
    const { event } = delivery;
    if (this.at === null) throw new Error('an event before the state that it changes');
    const log = this.world.logOf?.(Number(event.cursor.split(':')[0])) ?? this.world.log;
    const next = log.slice(this.at).find((other) => matches(this.topic, other));
    if (next?.event_id !== event.event_id) throw new Error(`expected ${next?.event_id ?? 'nothing'}, got ${event.event_id}`);
    this.at = event.position ?? 0;
    this.state?.set(event.order_id, event.version);
    this.delivered += 1;
  }

  /** What is still missing once everything had time to settle; empty if nothing is. */
  missing(): string[] {
    if (this.over) return [];
    if (this.at === null) return ['everything'];
    const missing = this.world.log.slice(this.at).filter((event) => matches(this.topic, event)).map((event) => event.event_id);
    const expected = [...versionsOf(this.world, this.topic)].sort().join();
    const state = this.state && [...this.state].sort().join();
    if (state !== null && state !== expected) missing.push(`state ${state}, not ${expected}`);
    return missing;
  }
}
