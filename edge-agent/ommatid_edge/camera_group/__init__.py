"""Cameras in processes of their own: a crash in a decoder costs one group of cameras, which starts again."""
