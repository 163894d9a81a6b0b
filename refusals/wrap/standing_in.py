"""An object that stands in for another: the same attributes, the same class to `isinstance`, the same repr."""

from typing import Any


class StandIn:
    """Hands everything on that a subclass does not do itself."""

    def __init__(self, real: Any) -> None:
        object.__setattr__(self, "_real", real)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._real, name)

    def __setattr__(self, name: str, value: Any) -> None:
        setattr(self._real, name, value)

    def __delattr__(self, name: str) -> None:
        delattr(self._real, name)

    def __dir__(self) -> list[str]:
        return dir(self._real)

    def __repr__(self) -> str:
        return repr(self._real)

    @property  # type: ignore[misc]  # a stand-in says it is what it stands for
    def __class__(self) -> Any:
        return type(self._real)
