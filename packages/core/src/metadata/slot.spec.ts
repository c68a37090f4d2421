import { describe, expect, it } from '@jest/globals';
import { MemberSlot, Slot } from './index.js';

describe('a slot of a class', () => {
  const slot = new Slot<string>('spec:class');

  it('gives what was written to the class, and nothing of a stranger', () => {
    class Written {}
    class Stranger {}
    slot.write(Written, 'mine');
    expect(slot.read(Written)).toBe('mine');
    expect(slot.read(Stranger)).toBeUndefined();
  });

  it('gives a subclass what it inherits until it has its own', () => {
    class Parent {}
    class Child extends Parent {}
    slot.write(Parent, 'inherited');
    expect(slot.read(Child)).toBe('inherited');
    slot.write(Child, 'own');
    expect(slot.read(Child)).toBe('own');
    expect(slot.read(Parent)).toBe('inherited');
  });

  it('gives what was written last, and tells all that was written to the class itself', () => {
    class Parent {}
    class Child extends Parent {}
    slot.write(Parent, 'first');
    slot.write(Parent, 'second');
    expect([slot.read(Parent), slot.read(Child)]).toEqual(['second', 'second']);
    expect([slot.readOwn(Parent), slot.readOwn(Child)]).toEqual([['first', 'second'], []]);
  });

  it('is the same place for another copy of weir', () => {
    class Shared {}
    slot.write(Shared, 'shared');
    expect(new Slot<string>('spec:class').read(Shared)).toBe('shared');
    expect(new Slot<string>('spec:other').read(Shared)).toBeUndefined();
  });
});

describe('a slot of members', () => {
  const slot = new MemberSlot<number>('spec:members');

  it('lists the members in the order of their declaration, one as often as it was declared', () => {
    class Declared {}
    slot.add(Declared.prototype, 'b', 1);
    slot.add(Declared.prototype, 'a', 2);
    slot.add(Declared.prototype, 'b', 3);
    slot.add(Declared.prototype, Symbol('s'), 4);
    expect(slot.read(Declared)).toEqual([
      { member: 'b', value: 1 },
      { member: 'a', value: 2 },
      { member: 'b', value: 3 },
      { member: 'Symbol(s)', value: 4 },
    ]);
  });

  it('gives those of the base first, and of an overridden member only the last declaration', () => {
    class Grandparent {}
    class Parent extends Grandparent {}
    class Child extends Parent {}
    slot.add(Grandparent.prototype, 'kept', 1);
    slot.add(Grandparent.prototype, 'replaced', 2);
    slot.add(Parent.prototype, 'added', 3);
    slot.add(Child.prototype, 'replaced', 4);
    expect(slot.read(Child)).toEqual([
      { member: 'kept', value: 1 },
      { member: 'added', value: 3 },
      { member: 'replaced', value: 4 },
    ]);
    expect(slot.read(Parent)).toEqual([
      { member: 'kept', value: 1 },
      { member: 'replaced', value: 2 },
      { member: 'added', value: 3 },
    ]);
    expect(slot.readOwn(Child)).toEqual([{ member: 'replaced', value: 4 }]);
    expect(slot.readOwn(Parent)).toEqual([{ member: 'added', value: 3 }]);
  });

  it('keeps those of static members apart', () => {
    class Static {}
    slot.add(Static, 'create', 1);
    slot.add(Static.prototype, 'run', 2);
    expect(slot.read(Static)).toEqual([{ member: 'run', value: 2 }]);
    expect(slot.readStatic(Static)).toEqual([{ member: 'create', value: 1 }]);
  });
});
