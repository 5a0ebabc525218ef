"""The whole way of a frame on one machine: cameras, broker, Flink jobs, alerts."""
