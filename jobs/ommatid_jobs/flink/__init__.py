"""The two Flink graphs: thin functions that carry state in and out of operators."""
