"""What a system says of a file, a folder or a connection that failed, to be translated.

It says so in English whatever the reader's language is; what is not here stays English.
"""

SYSTEM_WORDS = (
    "Address already in use",
    "Bad file descriptor",
    "Broken pipe",
    "Cannot assign requested address",
    "Connection refused",
    "Connection reset by peer",
    "Device or resource busy",
    "Disk quota exceeded",
    "File exists",
    "File name too long",
    "File too large",
    "Input/output error",
    "Interrupted system call",
    "Invalid argument",
    "Is a directory",
    "Network is unreachable",
    "No such device or address",
    "No such file or directory",
    "No space left on device",
    "Not a directory",
    "Operation not permitted",
    "Operation not supported",
    "Permission denied",
    "Read-only file system",
    "Resource temporarily unavailable",
    "Stale file handle",
    "Text file busy",
    "Too many levels of symbolic links",
    "Too many open files",
)
