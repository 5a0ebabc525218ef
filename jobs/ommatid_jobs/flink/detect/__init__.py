"""The detect job: frames in; detections, triggers and dead letters out."""
