"""fastavro's container files: python fastavro_worker.py '{"action": "read", ...}', as worker.js is started."""

import json
import resource
import sys
import time

import fastavro


def write(task, records):
    with open(task["file"], "wb") as file:
        fastavro.writer(file, task["schema"], records, codec=task["codec"], sync_interval=65536)
    return task["count"], 0


def read(task):
    count = total = 0
    with open(task["file"], "rb") as file:
        for record in fastavro.reader(file):
            count += 1
            total += record["id"]
    return count, total


task = json.loads(sys.argv[1])
records = []
if task["action"] == "write":
    with open(task["records"], encoding="utf8") as file:
        known = json.load(file)
    records = (known[index % len(known)] for index in range(task["count"]))
started, cpu_started = time.perf_counter(), time.process_time()
count, total = write(task, records) if task["action"] == "write" else read(task)
millis = (time.perf_counter() - started) * 1000
cpu = (time.process_time() - cpu_started) * 1000
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
print(json.dumps({"millis": millis, "cpuMillis": cpu, "count": count, "sum": total, "peakMegabytes": peak}))
