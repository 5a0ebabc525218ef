"""The Ommatid edge agent: from cameras to Kafka, and a camera simulator."""
