"""What touches the outside, one package each: kafka, object_store, webhook, flink_kafka."""
