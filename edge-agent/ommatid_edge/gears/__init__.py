"""Which packets of a stream are decoded: key frames while the scene is still, everything once something happens."""
