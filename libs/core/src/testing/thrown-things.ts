/** A failure with no usable message, of every sort that a program may throw: its name for the test, and the thing. */
export function thrownThings(): [name: string, thrown: unknown][] {
  const unreadable = (member: string): Error =>
    Object.defineProperty(new Error('hidden'), member, {
      get: () => {
        throw new Error(`${member} can not be read`);
      },
    });
  const ring = new Error('a ring');
  ring.cause = ring;
  const hostile = new Proxy(new Error('hidden'), {
    get: () => {
      throw new Error('nothing can be read');
    },
    getPrototypeOf: () => {
      throw new Error('nobody knows what it is');
    },
  });
  return [
    ['undefined', undefined],
    ['null', null],
    ['a symbol', Symbol('thrown')],
    ['a function', () => undefined],
    ['an object', { reason: 'none' }],
    ['an object without a prototype', Object.create(null)],
    [
      'an object whose text throws',
      {
        toString: () => {
          throw new Error('no text');
        },
      },
    ],
    ['a frozen error', Object.freeze(new Error('frozen'))],
    ['a message that throws', unreadable('message')],
    ['a name that throws', unreadable('name')],
    ['a stack that throws', unreadable('stack')],
    ['a code that throws', unreadable('code')],
    ['a cause that throws', unreadable('cause')],
    ['a message that is no text', Object.assign(new Error('x'), { message: { odd: true } })],
    ['an error that is its own cause', ring],
    ['a proxy that throws', hostile],
  ];
}
