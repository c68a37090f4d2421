export { classOf, type Discovery, discover, type Instances } from './discover.js';
