"""Asks Spark: python ask.py JAR '{"tables": {NAME: [FORMAT, PATH]}, "sql": [STATEMENT, ...]}', answers in JSON."""

import json
import sys

from pyspark.sql import SparkSession

jar, question = sys.argv[1], json.loads(sys.argv[2])
spark = (
    SparkSession.builder.master("local[1]")
    .config("spark.jars", jar)
    .config("spark.ui.enabled", "false")
    .config("spark.driver.host", "127.0.0.1")
    .config("spark.driver.bindAddress", "127.0.0.1")
    .config("spark.sql.session.timeZone", "UTC")
    .config("spark.sql.shuffle.partitions", "1")
    .getOrCreate()
)
for name, (format, path) in question["tables"].items():
    spark.read.format(format).load(path).createOrReplaceTempView(name)
answers = []
for sql in question["sql"]:
    frame = spark.sql(sql)
    types = {field.name: field.dataType.simpleString() for field in frame.schema.fields}
    answers.append({"types": types, "rows": [row.asDict(recursive=True) for row in frame.collect()]})
print(json.dumps(answers, default=str))
