"""Every error the assistant raises on purpose.

AssistantError
├── ConfigurationError        a setting is wrong
├── UsageError                the request itself cannot be carried out (empty question, unknown option)
├── IngestError               one file could not be taken in
│   ├── UnsupportedFormatError
│   ├── UnreadableFileError   damaged, encrypted, empty, too large
│   └── OcrUnavailableError   needs a system package that is not installed
├── StoreError                the library's stores refuse
│   ├── LibraryLockedError    another process holds the data folder
│   ├── IndexMismatchError    built by another embedding model
│   └── DocumentNotFoundError
├── ModelUnavailableError     an embedding or chat model is missing, down or too slow
└── PermissionDeniedError     the account's role does not allow it

Messages are shown to users: Vietnamese, and in three parts: what happened, the value, what to do now.
"""


class AssistantError(Exception):
    """Base of all expected failures; `str(error)` is a Vietnamese sentence for the user."""


class ConfigurationError(AssistantError):
    """A setting is unknown, out of bounds or contradicts another."""


class UsageError(AssistantError):
    """The request itself cannot be carried out."""


class IngestError(AssistantError):
    """One file could not be taken in; the rest of its batch goes on."""


class UnsupportedFormatError(IngestError):
    """The bytes are of no format we read."""


class UnreadableFileError(IngestError):
    """The file is damaged, encrypted, empty or larger than allowed."""


class OcrUnavailableError(IngestError):
    """The file needs character recognition that is not installed."""


class StoreError(AssistantError):
    """A store of the library cannot be read or written."""


class LibraryLockedError(StoreError):
    """Another process is writing to the data folder."""


class IndexMismatchError(StoreError):
    """The index was built by another embedding model than the one configured."""


class DocumentNotFoundError(StoreError):
    """No document has that id."""


class ModelUnavailableError(AssistantError):
    """An embedding or chat model is missing, unreachable or too slow."""


class PermissionDeniedError(AssistantError):
    """The account's role does not allow the action."""
