"""The alert job: detections in; alerts and dead letters out."""
