"""Prints, one JSON object a line, every record that a read_committed librdkafka consumer sees on the given topics,
from the beginning up to the committed end as of the start. It joins no group: all partitions are assigned by hand.

usage: python read_committed.py BROKERS TOPIC...
       {"topic","partition","offset","timestamp","key","value","headers":[[name, value]]}

Keys, values and header values are text when they are UTF-8, {"base64": "..."} when they are not, null when absent.
It exits with 1 and a message when the end is not reached within READ_COMMITTED_SECONDS (default 120), for instance
because a transaction that is still open holds it back.
"""

import base64
import json
import os
import sys
import time

from confluent_kafka import (
    OFFSET_BEGINNING,
    Consumer,
    IsolationLevel,
    KafkaError,
    KafkaException,
    TopicPartition,
)
from confluent_kafka.admin import AdminClient, OffsetSpec

REQUEST_SECONDS = 30


def plain(data):
    if data is None:
        return None
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return {"base64": base64.b64encode(data).decode("ascii")}


def partitions_of(consumer, topics):
    found = []
    for topic in topics:
        listed = consumer.list_topics(topic, timeout=REQUEST_SECONDS).topics[topic]
        if listed.error is not None:
            raise KafkaException(listed.error)
        found += [TopicPartition(topic, number, OFFSET_BEGINNING) for number in sorted(listed.partitions)]
    return found


def committed_ends(brokers, partitions):
    """The last stable offset of each partition: what a read_committed consumer can reach now."""
    admin = AdminClient({"bootstrap.servers": brokers})
    asked = {TopicPartition(p.topic, p.partition): OffsetSpec.latest() for p in partitions}
    answers = admin.list_offsets(
        asked, isolation_level=IsolationLevel.READ_COMMITTED, request_timeout=REQUEST_SECONDS
    )
    return {(p.topic, p.partition): future.result().offset for p, future in answers.items()}


def record(message):
    return {
        "topic": message.topic(),
        "partition": message.partition(),
        "offset": message.offset(),
        "timestamp": message.timestamp()[1],
        "key": plain(message.key()),
        "value": plain(message.value()),
        "headers": [[name, plain(value)] for name, value in message.headers() or []],
    }


def main(brokers, topics):
    consumer = Consumer(
        {
            "bootstrap.servers": brokers,
            # Required by the library; nothing is joined or committed.
            "group.id": "millrace-read-committed",
            "enable.auto.commit": False,
            "enable.auto.offset.store": False,
            "isolation.level": "read_committed",
            "auto.offset.reset": "error",
            "enable.partition.eof": True,
            "check.crcs": True,
        }
    )
    partitions = partitions_of(consumer, topics)
    ends = committed_ends(brokers, partitions)
    missing = {where for where, end in ends.items() if end > 0}
    deadline = time.monotonic() + float(os.environ.get("READ_COMMITTED_SECONDS", "120"))
    consumer.assign(partitions)
    while missing:
        if time.monotonic() > deadline:
            raise TimeoutError(f"not read to the end: {sorted(missing)}, ends {ends}")
        for message in consumer.consume(num_messages=10_000, timeout=0.2):
            where = (message.topic(), message.partition())
            if message.error() is not None:
                if message.error().code() != KafkaError._PARTITION_EOF:
                    raise KafkaException(message.error())
                if message.offset() >= ends[where]:
                    missing.discard(where)
            elif message.offset() < ends[where]:
                print(json.dumps(record(message), ensure_ascii=False))
        # Markers and aborted records take offsets of their own, and where others go on writing no end-of-partition
        # event comes: then the position is what tells that an end was passed.
        for at in consumer.position([TopicPartition(*where) for where in missing]):
            if at.offset >= ends[(at.topic, at.partition)]:
                missing.discard((at.topic, at.partition))
    consumer.close()


if __name__ == "__main__":
    if len(sys.argv) < 3:
        sys.exit(__doc__)
    main(sys.argv[1], sys.argv[2:])
