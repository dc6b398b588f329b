"""fastavro over a directory of event files: python fastavro_worker.py DIRECTORY COUNT, as worker.js answers."""

import json
import pathlib
import sys
import time

import fastavro

directory, most = pathlib.Path(sys.argv[1]), int(sys.argv[2])
started, cpu_started = time.perf_counter(), time.process_time()
groups = {}
count = 0
for path in sorted(directory.rglob("*.avro")):
    with open(path, "rb") as file:
        for record in fastavro.reader(file):
            value = record["value"]
            group = groups.setdefault(value["route"], [0, 0.0])
            group[0] += 1
            group[1] += value["millis"]
            count += 1
            if count == most:
                break
    if count == most:
        break
millis = (time.perf_counter() - started) * 1000
cpu = (time.process_time() - cpu_started) * 1000
print(json.dumps({"millis": millis, "cpuMillis": cpu, "count": count, "sum": sum(g[1] for g in groups.values())}))
