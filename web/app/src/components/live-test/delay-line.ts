/** What passes in the order in which it came, but later. */

export interface Conditions {
  /** How much later, in milliseconds. */
  readonly delayMs: number;
  /** The least time between two, in milliseconds. */
  readonly gapMs: number;
}

export class DelayLine {
  private readonly conditions: () => Conditions;
  private readonly onHeld: () => void;
  private readonly waiting: { due: number; pass: () => void }[] = [];
  private timer: ReturnType<typeof setTimeout> | undefined;
  private last = 0;
  private shutUntil = 0;

  /** `onHeld` is called when something has to wait. */
  constructor(conditions: () => Conditions, onHeld: () => void) {
    this.conditions = conditions;
    this.onHeld = onHeld;
  }

  /** How many wait. */
  get length(): number {
    return this.waiting.length;
  }

  /** Passes it on in its turn: at once, where nothing holds it up. */
  push(pass: () => void): void {
    this.waiting.push({ due: Date.now() + this.conditions().delayMs, pass });
    this.run();
  }

  /** Waits for its turn. */
  turn(): Promise<void> {
    return new Promise((resolve) => this.push(resolve));
  }

  /** Nothing passes for this long. */
  shut(ms: number): void {
    this.shutUntil = Date.now() + ms;
    this.run();
  }

  /** Forgets what waits. */
  clear(): void {
    this.waiting.length = 0;
    clearTimeout(this.timer);
  }

  private run(): void {
    clearTimeout(this.timer);
    for (let first = this.waiting[0]; first; first = this.waiting[0]) {
      const at = Math.max(first.due, this.last + this.conditions().gapMs, this.shutUntil);
      const left = at - Date.now();
      if (left > 0) {
        this.timer = setTimeout(() => this.run(), left);
        this.onHeld();
        return;
      }
      this.waiting.shift();
      this.last = Date.now();
      first.pass();
    }
  }
}
