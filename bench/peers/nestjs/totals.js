// The totals as a NestJS microservice: a payload validated by the ValidationPipe, the result sent by the Kafka client. Decorators are applied by hand,
// as TypeScript compiles them.
require('reflect-metadata');
const { Controller, Inject, Module, ValidationPipe } = require('@nestjs/common');
const { NestFactory } = require('@nestjs/core');
const { ClientsModule, EventPattern, Payload, Transport } = require('@nestjs/microservices');
const { IsIn, IsInt, IsNumber, IsString } = require('class-validator');
const { lastValueFrom } = require('rxjs');

const { brokers, group, input, output } = JSON.parse(process.env.BENCH_JOB);
const client = { clientId: 'totals', brokers: brokers.split(','), logLevel: 1 };

class Order {}
for (const [field, check] of [
  ['id', IsInt()],
  ['customer', IsString()],
  ['amount', IsNumber()],
  ['currency', IsIn(['CZK', 'EUR', 'USD'])],
  ['items', IsInt()],
  ['note', IsString()],
])
  check(Order.prototype, field);

class Totals {
  constructor(out) {
    this.out = out;
  }

  async handle(order) {
    const { id, customer, amount, items, currency } = order;
    await lastValueFrom(this.out.emit(output, { key: customer, value: { id, customer, total: amount * items, currency } }));
  }
}
Reflect.decorate([EventPattern(input)], Totals.prototype, 'handle', Object.getOwnPropertyDescriptor(Totals.prototype, 'handle'));
Payload()(Totals.prototype, 'handle', 0);
Reflect.defineMetadata('design:paramtypes', [Order], Totals.prototype, 'handle');
Inject('OUT')(Totals, undefined, 0);
Controller()(Totals);

class App {}
Module({
  imports: [
    ClientsModule.register([
      { name: 'OUT', transport: Transport.KAFKA, options: { client, producerOnlyMode: true, producer: { allowAutoTopicCreation: false } } },
    ]),
  ],
  controllers: [Totals],
})(App);

async function run() {
  const app = await NestFactory.createMicroservice(App, {
    logger: ['error', 'fatal'],
    transport: Transport.KAFKA,
    options: {
      client,
      postfixId: '',
      consumer: { groupId: group },
      subscribe: { fromBeginning: true },
      run: { autoCommitInterval: 1_000 },
    },
  });
  app.useGlobalPipes(new ValidationPipe());
  app.enableShutdownHooks();
  await app.listen();
}

run();
