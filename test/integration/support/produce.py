"""A producer that is not ours: writes what JSON lines on standard input say, by librdkafka.

Usage: python produce.py CLIENT_SETTINGS_JSON

A line {"topic", "partition", "key", "value"} is a record; key and value are base64 or null, a null partition is
librdkafka's to choose. A line {"do": "flush" | "begin" | "commit" | "abort"} is a command, answered by a line with
the number of records delivered so far; the first record that is not delivered ends the program with its error.
"""

import base64
import json
import sys

from confluent_kafka import KafkaException, Producer

WAIT_SECONDS = 300


def plain(text):
    return None if text is None else base64.b64decode(text)


class Feed:
    def __init__(self, settings):
        self.delivered = 0
        self.failure = None
        self.producer = Producer(settings)
        if "transactional.id" in settings:
            self.producer.init_transactions(WAIT_SECONDS)

    def on_delivery(self, error, _message):
        if error is None:
            self.delivered += 1
        else:
            self.failure = self.failure or error

    def write(self, line):
        where = {} if line["partition"] is None else {"partition": line["partition"]}
        self.producer.produce(
            line["topic"], plain(line["value"]), plain(line["key"]), on_delivery=self.on_delivery, **where
        )

    def do(self, command):
        if command == "begin":
            self.producer.begin_transaction()
        elif command == "commit":
            self.producer.commit_transaction(WAIT_SECONDS)
        elif command == "abort":
            # Flushed first, so that the aborted records really lie in the log.
            self.producer.flush(WAIT_SECONDS)
            self.producer.abort_transaction(WAIT_SECONDS)
        else:
            left = self.producer.flush(WAIT_SECONDS)
            if left > 0:
                raise TimeoutError(f"{left} records were not delivered in {WAIT_SECONDS} s")
        if self.failure is not None:
            raise KafkaException(self.failure)


def main(settings):
    feed = Feed(settings)
    for text in sys.stdin:
        line = json.loads(text)
        if "do" in line:
            feed.do(line["do"])
            print(json.dumps({"delivered": feed.delivered}), flush=True)
        else:
            feed.write(line)


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    main(json.loads(sys.argv[1]))
