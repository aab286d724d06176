"""Who has spoken and been named so far in one document."""

from __future__ import annotations

from afterpatch.claims.schema import Speaker, SpeakerType

__all__ = ["Memory"]


class Memory:
    """Speakers and states in the order of the page."""

    def __init__(self) -> None:
        self.speakers: list[Speaker] = []
        self.names: dict[str, Speaker] = {}
        self.states: list[tuple[str, str]] = []

    def heard(self, speaker: Speaker) -> None:
        """Remembers a speaker, and a person by the last name."""
        if speaker.type in ("narrator", "unspecified"):
            return
        self.speakers.append(speaker)
        if speaker.type in ("official", "person") and " " in speaker.norm:
            first, *_, last = speaker.norm.split()
            self.names[last.lower()] = speaker
            self.names.setdefault(first.lower(), speaker)  # Zhao Lijian is Zhao thereafter

    def last(self, *types: SpeakerType) -> Speaker | None:
        """The last one of these types."""
        return next((s for s in reversed(self.speakers) if not types or s.type in types), None)
