"""The totals with Faust: records that are validated, an agent that loops and sends."""
import json
import os
import sys

import faust

job = json.loads(os.environ["BENCH_JOB"])


class Order(faust.Record, validation=True, serializer="json"):
    id: int
    customer: str
    amount: float
    currency: str
    items: int
    note: str


class Total(faust.Record, serializer="json"):
    id: int
    customer: str
    total: float
    currency: str


app = faust.App(
    job["group"],
    broker=f"kafka://{job['brokers']}",
    store="memory://",
    web_enabled=False,
    topic_disable_leader=True,
    broker_commit_interval=1.0,
    producer_acks=-1,
    producer_linger_ms=5,
    consumer_auto_offset_reset="earliest",
)
orders = app.topic(job["input"], key_type=str, value_type=Order, key_serializer="raw")
totals = app.topic(job["output"], key_type=str, value_type=Total, key_serializer="raw")

CURRENCIES = {"CZK", "EUR", "USD"}


@app.agent(orders)
async def total(stream):
    async for order in stream:
        if order.currency not in CURRENCIES:
            raise ValueError("currency must be one of three")
        await totals.send(
            key=order.customer,
            value=Total(
                id=order.id,
                customer=order.customer,
                total=order.amount * order.items,
                currency=order.currency,
            ),
        )


if __name__ == "__main__":
    sys.argv[1:] = ["worker", "-l", "error", "--without-web"]
    app.main()
