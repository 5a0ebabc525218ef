from enum import Enum
from typing import Any

from pyflink.common import Time, TypeInformation

class StateTtlConfig:
    class StateVisibility(Enum):
        ReturnExpiredIfNotCleanedUp = 0
        NeverReturnExpired = 1

    class Builder:
        def set_state_visibility(
            self, state_visibility: StateTtlConfig.StateVisibility
        ) -> StateTtlConfig.Builder: ...
        def build(self) -> StateTtlConfig: ...

    @staticmethod
    def new_builder(ttl: Time) -> StateTtlConfig.Builder: ...

class ValueStateDescriptor:
    def __init__(self, name: str, value_type_info: TypeInformation) -> None: ...
    def enable_time_to_live(self, ttl_config: StateTtlConfig) -> None: ...

class ValueState:
    def value(self) -> Any: ...
    def update(self, value: Any) -> None: ...
    def clear(self) -> None: ...
