"""What this package refuses, in two words: it has not the form, or it does not verify."""

from __future__ import annotations


class Unsound(ValueError):
    """Bytes or text that must not be used: `what` was read, `why` it is refused, `code` for programs."""

    code = "refused"

    def __init__(self, what: str, why: str, code: str | None = None) -> None:
        super().__init__(what, why)
        self.what, self.why = what, why
        if code is not None:
            self.code = code

    def __str__(self) -> str:
        return f"{self.what}: {self.why}"


class Malformed(Unsound):
    """The bytes do not have the form."""

    code = "malformed"


class Unproven(Unsound):
    """The form is right, but signature, hash or quorum does not verify."""

    code = "unproven"
