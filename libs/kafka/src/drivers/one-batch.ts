/** The port's promise about a producer: a batch while another one is under way is a mistake of the caller's. */
export class OneBatch {
  #isUnderWay = false;

  async run<T>(send: () => Promise<T>): Promise<T> {
    if (this.#isUnderWay) throw new Error('sendBatch was called while an earlier call is under way');
    this.#isUnderWay = true;
    try {
      return await send();
    } finally {
      this.#isUnderWay = false;
    }
  }
}
