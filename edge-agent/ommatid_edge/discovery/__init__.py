"""Finds ONVIF cameras in the networks that this machine is in."""

from ommatid_edge.discovery.device import FoundDevice, ServiceAnswer, onvif_device
from ommatid_edge.discovery.ws_discovery import DiscoveryError, SearchResult, search

__all__ = ["DiscoveryError", "FoundDevice", "SearchResult", "ServiceAnswer", "onvif_device", "search"]
