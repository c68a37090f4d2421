// Takes ten times as long for a message as the messages take to come: the backlog must stay with the broker.
import { App, Handler, topic } from '@weir/core';
import { options, runApp } from './app.js';
import { job } from './job.js';

const busyMs = 0.1;
const backlog = topic(job().input, { key: 'string', value: 'raw' });

@App(options)
class Busy {
  @Handler(backlog)
  handle(): void {
    for (const ends = performance.now() + busyMs; performance.now() < ends; );
  }
}

await runApp(Busy);
