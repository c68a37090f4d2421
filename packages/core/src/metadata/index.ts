export { type Class, type Declared, MemberSlot, Slot } from './slot.js';
